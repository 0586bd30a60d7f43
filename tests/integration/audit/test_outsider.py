"""Somebody with nothing but the export, the short script and a public key."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command

from apps.audit import api as audit
from apps.audit.models import AuditEvent
from apps.audit.signing import signer
from apps.core.clock import utc_now
from apps.core.data import Actor
from apps.core.tenancy import force_context
from apps.forces import api as forces
from tests.support.record_forger import chain, write_events

SCRIPT = Path(__file__).resolve().parents[3] / "docs/how-to/administrator/verify_audit_export.py"
REASON = "Asked for by the oversight body"


@pytest.fixture
def export(real_db, tmp_path):
    """An honest export: two anchors, content erased at its time, 12 links or so."""
    force = forces.create_force(slug=uuid4().hex, name=uuid4().hex, now=utc_now())
    with time_machine.travel(utc_now() - timedelta(days=8 * 365), tick=True):
        write_events(force, 2)
    write_events(force, 3)
    chain(force)
    audit.take_anchor(force_id=force.id)
    actor = Actor.system(force_id=force.id, label="retention")
    audit.erase_due(keep=timedelta(days=7 * 365), actor=actor, now=utc_now())
    write_events(force, 4)
    target = tmp_path / "export.jsonl"
    call_command("export_audit", force=force.slug, to=target, reason=REASON, by="tests")
    with force_context(force.id):
        assert AuditEvent.objects.get(verb=audit.EXPORTED).reason == REASON
    return target


def verify(export, *options, flags=()):
    done = subprocess.run(
        [sys.executable, "-I", *flags, str(SCRIPT), str(export), *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=export.parent,
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def test_an_honest_export_holds_together(export, tmp_path):
    code, said = verify(export)
    assert code == 0, said
    assert "the record holds together" in said
    assert "2 with content erased" in said
    key = tmp_path / "given.pub.pem"
    key.write_text(signer().public_keys()[signer().key_id])
    assert verify(export, "--key", key.name)[0] == 0


def test_without_cryptography_the_chain_is_checked_and_openssl_is_named(export):
    code, said = verify(export, flags=("-S",))
    assert code == 0, said
    assert "openssl pkeyutl -verify" in said
    command = next(line for line in said.splitlines() if "openssl" in line and "pkeyutl" in line)
    checked = subprocess.run(command.split(), capture_output=True, text=True, check=False)
    assert "Signature Verified Successfully" in checked.stdout


def test_an_existing_file_is_not_overwritten_and_a_reason_is_needed(export):
    slug = forces.get_force(force_id=json.loads(export.read_text().splitlines()[0])["force_id"]).slug
    with pytest.raises(CommandError, match="exists"):
        call_command("export_audit", force=slug, to=export, reason=REASON)
    with pytest.raises(CommandError, match="Say why"):
        call_command("export_audit", force=slug, to=export.with_name("new"), reason="no")
    assert not export.with_name("new").exists()


def positions(lines, kind):
    return [n for n, line in enumerate(lines) if line["kind"] == kind]


def edit(lines):
    lines[positions(lines, "event")[3]]["content"]["reason"] = "another reason"


def edit_metadata(lines):
    lines[positions(lines, "event")[3]]["metadata"]["rank"] = "Supt"


def edit_erased(lines):
    erased = next(line for line in lines if line.get("erased_at"))
    erased["content"]["reason"] = "planted"


def pass_off_as_erased(lines):
    event = lines[positions(lines, "event")[-1]]
    event.update(erased_at="2026-01-01T00:00:00.000000+00:00", salt="")
    event["content"] = {"actor_label": "", "origin": "", "reason": "", "payload": {}}


def delete(lines):
    del lines[positions(lines, "event")[3]]


def reorder(lines):
    first = positions(lines, "event")[3]
    lines[first], lines[first + 1] = lines[first + 1], lines[first]


def insert(lines):
    at = positions(lines, "event")[3]
    lines.insert(at, dict(lines[at]))


def truncate(lines):
    """Cut the tail and mend the last line: only the anchor still tells."""
    gone = positions(lines, "event")[-2:]
    for n in reversed(gone):
        del lines[n]
    last = lines[positions(lines, "event")[-1]]
    lines[-1].update(links=last["position"], last_hash=last["link_hash"])


def cut_off(lines):
    del lines[-1]


def remove_anchor(lines):
    del lines[positions(lines, "anchor")[0]]


def forge_anchor(lines):
    entry = lines[positions(lines, "anchor")[1]]
    entry["line"] = (
        entry["line"].replace('"sequence":2', '"sequence":2').replace('"taken_at":"2', '"taken_at":"3')
    )


def another_key(lines):
    lines[0]["public_keys"] = {"0" * 16: next(iter(lines[0]["public_keys"].values()))}


TAMPERING = {
    edit: "was changed",
    edit_metadata: "was changed",
    edit_erased: "still has content",
    pass_off_as_erased: "was emptied, and no event",
    delete: "is missing",
    reorder: "does not follow",
    insert: "is missing",
    truncate: "were anchored",
    cut_off: "cut off",
    remove_anchor: "was removed or changed",
    forge_anchor: "forged",
    another_key: "forged",
}


def test_each_kind_of_tampering_with_an_export_is_found(export):
    honest = export.read_text(encoding="utf-8").splitlines()
    for tamper, finding in TAMPERING.items():
        lines = [json.loads(line) for line in honest]
        tamper(lines)
        export.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        code, said = verify(export)
        assert code == 1, (tamper.__name__, said)
        assert finding in said, (tamper.__name__, said)


def test_a_key_that_one_was_not_given_is_refused(export, tmp_path):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from apps.audit.signing import _public_pem

    other = tmp_path / "other.pub.pem"
    other.write_text(_public_pem(Ed25519PrivateKey.generate().public_key()))
    code, said = verify(export, "--key", other.name)
    assert code == 1
    assert "a key that you do not know" in said
    assert "forged" in said
