"""A freedom-of-information answer: what is withheld is in no form of the file; making it is on record."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta

import pypdf
import pytest
from django.core.management import CommandError, call_command

from apps.audit.models import AuditEvent
from apps.core.clock import london, utc_now
from apps.core.data import Role
from apps.scrutiny.exports import pdf
from tests.support.reports import busy_stage

PAGE = "/records/foi/?kind=rehearsals"
WHY = "Few people decide, and each could be told apart by it."


@pytest.fixture
def stage(real_db):
    return busy_stage()


def client(stage, role=Role.SILVER_COMMANDER):
    return stage.person(f"writer {role}", role).client()


def ask(stage, form="json", role=Role.SILVER_COMMANDER, **changes):
    data = {
        "reference": "FOI-2026-7",
        "form": form,
        "why_40": WHY,
        **given(stage),
        "field_14_acceptance_who": "40",
    }
    return client(stage, role).post(PAGE, data | changes)


def given(stage):
    """Every field given, as the form names them."""
    page = client(stage).get(PAGE).getvalue().decode()
    return dict.fromkeys(re.findall(r'name="(field_[^"]+)"', page), "given")


def words_of(answer, form):
    if form == "pdf":
        return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.getvalue())).pages)
    return answer.getvalue().decode("utf-8-sig", errors="replace")


def test_the_form_suggests_what_could_point_to_one_person(stage):
    page = client(stage).get(PAGE).getvalue().decode()
    assert "Answer a freedom of information request" in page
    chosen = page.split('name="field_14_acceptance_who"')[1].split("</select>")[0]
    assert '<option value="40" selected>' in chosen


@pytest.mark.parametrize("form", ["pdf", "csv", "json"])
def test_a_withheld_field_is_in_no_form_and_is_marked(stage, form):
    from apps.audit import api as audit

    with stage.context():
        code = audit.pseudonym(stage.operator.actor.id)
    given = words_of(ask(stage, form, field_14_acceptance_who="given"), form)
    withheld = words_of(ask(stage, form), form)
    assert code in given.replace("\n", "")
    assert code not in withheld.replace("\n", "")
    assert "withheld" in withheld
    assert "section 40" in withheld
    assert "Few people decide" in withheld


def test_its_making_is_on_record_with_the_request_and_the_fields(stage):
    ask(stage)
    with stage.context():
        (event,) = AuditEvent.objects.filter(verb="scrutiny.foi_exported")
    assert event.payload["request"] == "FOI-2026-7"
    assert event.payload["withheld"] == ["14.acceptance.who=40"]
    assert len(event.payload["sha256"]) == 64


def test_without_a_reason_nothing_is_made_and_what_was_chosen_stays(stage):
    answer = ask(stage, why_40="secret")
    page = answer.getvalue().decode()
    assert answer.status_code == 422
    assert "Say why fields are withheld under section 40" in page
    chosen = page.split('name="field_14_acceptance_who"')[1].split("</select>")[0]
    assert '<option value="40" selected>' in chosen
    with stage.context():
        assert not AuditEvent.objects.filter(verb="scrutiny.foi_exported").exists()


def test_what_is_too_much_for_pages_is_said_and_loses_no_choice(stage, monkeypatch):
    monkeypatch.setattr(pdf, "MOST_CELLS", 40)
    answer = ask(stage, "pdf")
    page = answer.getvalue().decode()
    assert answer.status_code == 422
    assert "This is too much for a PDF" in page
    assert (
        '<option value="40" selected>'
        in page.split('name="field_14_acceptance_who"')[1].split("</select>")[0]
    )
    assert ask(stage, "ods").status_code == 200


@pytest.mark.parametrize("role", [Role.OVERSIGHT, Role.OPERATOR, Role.PLANNER, Role.SYSTEM_ENGINEER])
def test_it_is_not_for(stage, role):
    assert ask(stage, role=role).status_code == 403


class TestCommand:
    def run(self, stage, tmp_path, *more, **options):
        today = london(utc_now()).date()
        days = {"first": str(today - timedelta(days=30)), "last": str(today)}
        said = [f"--{name}={value}" for name, value in (days | options).items()]
        out = io.StringIO()
        call_command("foi_export", f"--force={stage.force.slug}", "--rehearsals", *said, *more, stdout=out)
        return out.getvalue()

    def test_the_same_answer_as_a_file_that_is_not_overwritten(self, stage, tmp_path):
        to = tmp_path / "answer.json"
        options = {"to": to, "request": "FOI-2026-7", "withhold": f"14.acceptance.who=40:{WHY}"}
        self.run(stage, tmp_path, **options)
        found = json.loads(to.read_text())
        assert found["foi"]["withheld"][0]["exemption"] == "FOIA section 40"
        assert oct(to.stat().st_mode)[-3:] == "600"
        with pytest.raises(CommandError, match="exists"):
            self.run(stage, tmp_path, **options)
        with stage.context():
            assert AuditEvent.objects.filter(verb="scrutiny.foi_exported").count() == 1

    def test_it_lists_the_fields_and_refuses_what_is_none(self, stage, tmp_path):
        assert "14.acceptance.who\tAcceptance: Who" in self.run(stage, tmp_path, "--fields")
        with pytest.raises(CommandError, match=r"no field 14\.nobody"):
            self.run(
                stage,
                tmp_path,
                to=tmp_path / "a.json",
                request="FOI-1",
                withhold=f"14.nobody=40:{WHY}",
            )
        assert not (tmp_path / "a.json").exists()
