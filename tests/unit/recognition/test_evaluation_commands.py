"""The two commands on real photographs: a sanity check of the default pack, not evidence."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.recognition import api
from apps.recognition.engine.evidence import read_evidence
from apps.recognition.evaluation.measure import row_of

ROOT = Path(__file__).resolve().parents[3]
PEOPLE = {
    "a": ["subject_a_1.jpg", "subject_a_2.jpg"],
    "b": ["subject_b_1.jpg", "subject_b_2.jpg"],
    "c": ["subject_c_1.jpg", "subject_c_2.jpg", "subject_c_3.jpg", "subject_c_4.jpg"],
    "d": ["bystander_d.jpg"],
    "e": ["bystander_e.jpg"],
    "several": ["group.jpg"],
}


@pytest.fixture(scope="module")
def source(photos, tmp_path_factory):
    folder = tmp_path_factory.mktemp("labelled")
    for person, names in PEOPLE.items():
        (folder / "people" / person).mkdir(parents=True)
        for name in names:
            shutil.copy(photos / name, folder / "people" / person / name)
    (folder / "people" / "d" / "text.jpg").write_text("no picture")
    (folder / "groups.csv").write_text("person,group\na,x\nb,y\nc,y\nd,x\ne,x\n")
    return folder


def test_photographs_from_folder_to_evidence_to_no_answer(source, tmp_path):
    said, named = io.StringIO(), io.StringIO()
    evidence = tmp_path / "evidence.json"
    call_command(
        "evaluate",
        str(source / "people"),
        "--out",
        str(tmp_path / "out"),
        "--groups",
        str(source / "groups.csv"),
        "--list",
        "3",
        "--list=500",
        "--dataset",
        "Photographs of the tests",
        "--by",
        "The tests",
        "--as-evidence",
        str(evidence),
        "--name-doubtful=2",
        stdout=said,
        stderr=named,
    )
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    # A size that was asked for never goes missing without a word.
    assert "a list of 500 was not measured" in said.getvalue()
    assert "not measured: lists of 500." in (tmp_path / "out" / "report.html").read_text()
    assert report["about"]["lists_not_measured"] == [500]
    everybody, at = report["rows"][0], row_of(api.manifest(api.DEFAULT_PACK_ID).default_threshold)
    # Sanity: every genuine pair is over the default threshold and every impostor pair is under it.
    assert everybody["fnmr"]["trials"] == 1 + 1 + 6
    assert everybody["fnmr"]["errors"][at] == 0
    assert everybody["fmr"]["trials"] == 45 - 8
    assert everybody["fmr"]["errors"][at] == 0
    assert report["failures_to_enrol"]["by_reason"] == {"several_faces": 1, "undecodable": 1}
    assert report["failures_to_enrol"]["people_without_picture"] == 1
    doubtful = named.getvalue().splitlines()
    assert ["two people" in line for line in doubtful] == [True, True, False, False]
    scores = [float(line.split(",")[0]) for line in doubtful]
    assert scores[0] >= scores[1]
    assert scores[2] <= scores[3]
    # By a margin: the most alike of two people lies near 0.27, the least alike of one near 0.60.
    threshold = api.manifest(api.DEFAULT_PACK_ID).default_threshold
    assert scores[0] < threshold - 0.1
    assert scores[2] > threshold + 0.1
    everything = said.getvalue() + "".join(p.read_text() for p in (tmp_path / "out").iterdir())
    assert "bystander" not in everything
    assert "several/" not in everything
    digest = hashlib.sha256(evidence.read_bytes()).hexdigest()
    assert digest in said.getvalue()
    read_evidence(evidence, sha256=digest, fingerprint=api.manifest(api.DEFAULT_PACK_ID).fingerprint)
    words = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("calibrate", "--list=500", "--footfall=10000", f"--evidence={evidence}", stdout=words)
    assert refused.value.returncode == 1
    assert words.getvalue().startswith("The evidence cannot support an answer")


def test_the_commands_need_nothing_but_what_was_installed(tmp_path):
    """As a laboratory runs them: no database, no secret, nothing started before."""
    bare = {"PATH": os.environ["PATH"], "LFR_VAR_DIR": str(tmp_path)}
    asked = [sys.executable, str(ROOT / "manage.py"), "calibrate", "--list=500", "--footfall=20000"]
    done = subprocess.run(asked, env=bare, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("The evidence cannot support an answer for a list of 500")
    assert not any(tmp_path.iterdir())


def test_pairs_are_measured_without_searches(source, tmp_path):
    path = source / "pairs.csv"
    path.write_text(
        "first,second,same\npeople/a/subject_a_1.jpg,people/a/subject_a_2.jpg,1\n"
        "people/a/subject_a_1.jpg,people/b/subject_b_1.jpg,0\n"
    )
    call_command("evaluate", str(path), f"--out={tmp_path / 'out'}", stdout=io.StringIO())
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["rows"][0]["fnmr"]["trials"], report["rows"][0]["fmr"]["trials"]) == (1, 1)
    assert report["searches"] == []


def test_an_answer_is_given_with_what_it_costs_and_by_group(tmp_path):
    counts = [
        {"threshold": t / 10, "comparisons": 1e7, "false_matches": n, "people": 5000, "effective": 9.9e6}
        for t, n in [(4, 5000), (5, 2)]
    ]
    genuine = [{"threshold": 0.5, "comparisons": 900, "false_non_matches": 90, "people": 400}]
    content = {
        "format": "lfr-evidence/1",
        "fingerprint": "a" * 64,
        "dataset": "made up",
        "conducted_by": "the tests",
        "impostors": counts,
        "genuine": genuine,
        "groups": [
            {"group": "x", "impostors": counts, "genuine": genuine},
            {
                "group": "y",
                "impostors": [counts[0] | {"comparisons": 9000, "effective": 9000}],
                "genuine": [],
            },
        ],
    }
    path, said = tmp_path / "evidence.json", io.StringIO()
    path.write_text(json.dumps(content))
    call_command("calibrate", "--list=500", "--footfall=10000", f"--evidence={path}", stdout=said)
    lines = said.getvalue().splitlines()
    assert lines[0].startswith("Threshold 0.5 for a list of 500 and 10,000 people who pass: between")
    assert any("10\N{NO-BREAK SPACE}% of comparisons of a person with themselves" in line for line in lines)
    assert any(line.startswith("x, were everybody") and "it keeps the ceiling" in line for line in lines)
    assert any(line.startswith("y, were everybody") and "is not shown to keep" in line for line in lines)


def test_nothing_is_overwritten_and_nobody_unnamed_makes_evidence(source, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "report.html").write_text("the earlier one")
    folder = str(source / "people")
    with pytest.raises(CommandError, match="not an empty folder"):
        call_command("evaluate", folder, f"--out={tmp_path / 'full'}")
    with pytest.raises(CommandError, match="--dataset and --by"):
        call_command("evaluate", folder, f"--out={tmp_path / 'new'}", f"--as-evidence={tmp_path / 'e.json'}")
    with pytest.raises(CommandError, match="for each of two people"):
        call_command("evaluate", str(source / "people" / "a"), f"--out={tmp_path / 'new'}")
    assert (tmp_path / "full" / "report.html").read_text() == "the earlier one"
    assert not (tmp_path / "new").exists()
