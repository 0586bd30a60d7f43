"""What an officer, an auditor and a court read of a decision: who decided with which number, on which
conditions, what became of them, what else is near, and which version of which assessment it rests on."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from apps.accounts.models import CollarNumber
from apps.core.errors import RuleViolated
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import AssessmentKind
from apps.deployments.data import DeploymentState as S
from apps.deployments.documents.nearby import nearby
from apps.deployments.models import Deployment
from apps.deployments.operations.documents import issue_document
from tests.support.assessed import assessed, pdf
from tests.support.days import CHECKED, PLANNED, START, VERIFIED
from tests.support.plans import REASONS, SQUARE
from tests.support.urgent_days import CONFIRM_BY, DECIDED, make_urgent

LATER = PLANNED + timedelta(hours=1)
MET = "The head teacher agreed by telephone."
SCHOOL, SIGN = "Ask the school to keep its gate closed.", "Put a second sign at Church Lane."


def see(day, member, page, now=LATER):
    with time_machine.travel(now, tick=False):
        answer = member.client().get(f"/deployments/{day.deployment_id}/{page}")
    return answer.content.decode()


def send(day, member, page, now=LATER, **fields):
    with time_machine.travel(now, tick=False):
        answer = member.client().post(f"/deployments/{day.deployment_id}/{page}", fields)
    return answer.status_code, answer.content.decode()


def number(day, actor, text):
    with force_context(day.force.id):
        CollarNumber.objects.create(
            user_id=actor.id, number=text, recorded_at=PLANNED, recorded_by="admin", confirmed_at=PLANNED
        )


def words_of_pdf(day, actor=None):
    content = day.call(
        issue_document,
        deployment_id=day.deployment_id,
        force=day.force,
        actor=actor or day.officer,
        now=LATER,
    ).content
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    return " ".join(text.replace("\u200b", "").split())


@pytest.fixture
def bound(day, cast):
    """Approved with two conditions, one of them met."""
    number(day, day.officer, "HC 2417")
    day.to(S.SUBMITTED)
    day.approve(conditions=(SCHOOL, SIGN))
    day.verify(now=VERIFIED)
    first = day.call(deployments.conditions, deployment_id=day.deployment_id)[0]
    day.step(deployments.meet_condition, day.planner, VERIFIED, condition_id=first.id, note=MET)
    return day


def widen(day, now=VERIFIED):
    day.step(deployments.amend, day.planner, now, authority=day.plan(max_subjects=11), reason=REASONS)
    day.step(deployments.submit, day.planner, now)


class TestTheAuthority:
    def test_page_and_pdf_say_the_same_of_the_decision(self, bound, cast):
        page = see(bound, cast["officer"], "authority/", now=VERIFIED)
        shown = words_of_pdf(bound)
        for words in ("PC, collar number HC 2417", SCHOOL, SIGN, MET, REASONS, "Rank and number"):
            assert words in page, words
            assert words in shown, words
        assert "Approved with conditions" in page
        assert "Open: recognition cannot start before it is met." in shown

    def test_number_and_rank_are_those_of_the_moment(self, bound, cast):
        with force_context(bound.force.id):
            CollarNumber.objects.update(number="HC 9999")
        assert "HC 2417" in see(bound, cast["officer"], "authority/", now=VERIFIED)
        assert "HC 9999" not in see(bound, cast["officer"], "authority/", now=VERIFIED)

    def test_who_reads_no_reasons_reads_no_words_of_colleagues(self, bound, cast):
        page = see(bound, cast["engineer"], "authority/", now=VERIFIED)
        assert "2 conditions are set" in page
        assert "A reason was given." in page
        for words in (SCHOOL, MET, f"<p>{REASONS}</p>"):
            assert words not in page

    def test_an_approval_that_is_over_is_not_shown_as_one_that_holds(self, bound, cast):
        report = {"done": "The signs were printed.", "collected": "Nothing was collected."}
        why = "The event is called off."
        bound.step(deployments.cancel, bound.planner, VERIFIED, reason=why, **report)
        page = see(bound, cast["officer"], "authority/", now=VERIFIED)
        assert "It was approved, and that approval is over" in page
        assert "Approved with conditions</h2>" not in page
        page = see(bound, cast["officer"], "", now=VERIFIED)
        assert f"“{why}”" in page.split("Where it stands")[0]
        assert "What had been done by then</dt><dd><p>The signs were printed." in page
        assert "It allows a start from" not in page

    def test_who_confirmed_an_urgent_approval_stands_in_both(self, day, cast, monkeypatch):
        make_urgent(day, monkeypatch)
        day.approve(now=DECIDED, actor=day.inspector)
        assert "To be confirmed" in words_of_pdf(day)
        number(day, day.officer, "HC 1")
        day.step(deployments.confirm, day.officer, CONFIRM_BY - timedelta(hours=1), reasons=REASONS)
        for text in (words_of_pdf(day), see(day, cast["officer"], "authority/", now=DECIDED)):
            assert "Confirmed" in text
            assert "collar number HC 1" in text

    def test_no_number_is_on_the_public_notice_or_in_the_record_for_oversight(self, bound, cast):
        reference = bound.get().reference
        with time_machine.travel(VERIFIED, tick=False):
            for path in (f"/notices/{bound.force.slug}/{reference.lower()}/", f"/records/{reference}/"):
                answer = cast["oversight"].client().get(path)
                assert answer.status_code == 200
                assert re.findall(r"\b2417\b", answer.content.decode()) == []


class TestDecidingAgain:
    def test_earlier_conditions_are_shown_ticked_where_unmet_and_never_dropped_unseen(self, bound, cast):
        widen(bound)
        page = see(bound, cast["officer"], "decide/", now=VERIFIED)
        assert "The approval before" in page
        assert "Not met, lapsed with its approval" in page
        assert MET in page
        ticked = [line for line in page.split("<label") if 'name="earlier"' in line]
        assert ["checked" in line for line in ticked] == [False, True]
        second = next(line for line in ticked if SIGN in line).split('value="')[1].split('"')[0]
        fields = {"reasons": REASONS, "seen": bound.get().authority_hash, "earlier": [second]}
        status, page = send(bound, cast["officer"], "decide/", now=VERIFIED, choice="approve", **fields)
        assert (status, bound.get().state) == (422, S.SUBMITTED)
        assert "There are conditions." in page
        chosen = "approve_with_conditions"
        assert send(bound, cast["officer"], "decide/", now=VERIFIED, choice=chosen, **fields)[0] == 302
        found = bound.call(deployments.conditions, deployment_id=bound.deployment_id)
        assert [each.text for each in found if each.is_open] == [SIGN]

    def test_an_invented_condition_is_not_set_through_the_tick(self, bound, cast):
        widen(bound)
        fields = {"reasons": REASONS, "seen": bound.get().authority_hash, "earlier": ["../x"]}
        chosen = "approve_with_conditions"
        assert send(bound, cast["officer"], "decide/", now=VERIFIED, choice=chosen, **fields)[0] == 422
        assert bound.get().state is S.SUBMITTED

    def test_before_is_the_narrowed_text_that_was_last_in_force(self, bound, cast):
        shorter = bound.plan(window_end=bound.get().authority.window_end - timedelta(hours=1))
        why = "The market closes earlier than we knew."
        bound.step(deployments.amend, bound.planner, VERIFIED, authority=shorter, reason=why)
        longer = bound.plan(window_end=bound.get().authority.window_end + timedelta(hours=2))
        bound.step(deployments.amend, bound.planner, VERIFIED, authority=longer, reason=REASONS)
        bound.step(deployments.submit, bound.planner, VERIFIED)
        page = see(bound, cast["officer"], "decide/", now=VERIFIED)
        before = page.split("Before:</span>")[1].split("</p>")[0]
        assert "to 3pm" in before, before
        assert "when it was last in force, as narrowed by" in page
        assert why in page

    def test_the_forms_leave_their_errors_to_the_page(self, bound, cast):
        assert " novalidate" in see(bound, cast["planner"], "conditions/", now=VERIFIED)
        status, page = send(bound, cast["planner"], "conditions/", now=VERIFIED, note="")
        assert status == 422
        widen(bound)
        page = see(bound, cast["officer"], "decide/", now=VERIFIED)
        assert " novalidate" in page
        assert " required" not in page.split('id="decision"')[1]
        status, page = send(bound, cast["officer"], "decide/", now=VERIFIED)
        assert status == 422
        assert "There is a problem" in page


def draft_at(day, polygon, days, *, submitted=True, **changes):
    window = {
        "window_start": START + timedelta(days=days),
        "window_end": START + timedelta(days=days, hours=6),
    }
    drafted = day.call(
        deployments.draft,
        authority=day.plan(polygon=polygon, **window, **changes),
        actor=day.planner,
        now=PLANNED,
    )
    if submitted:
        arguments = {"deployment_id": drafted.id, "actor": day.planner, "now": PLANNED}
        day.call(deployments.submit, **arguments)
    return drafted


def moved(metres):
    """The square, so far to the north."""
    return tuple((latitude + metres / 111_132, longitude) for latitude, longitude in SQUARE)


class TestNearby:
    def test_near_ones_first_by_distance_and_time_without_drafts(self, day, cast):
        far = draft_at(day, moved(13_000), 1)
        near = draft_at(day, moved(3_000), 13)
        here = draft_at(day, SQUARE, 2)
        draft_at(day, SQUARE, 15)
        draft = draft_at(day, SQUARE, 3, submitted=False)
        day.to(S.SUBMITTED)
        with force_context(day.force.id):
            # One of the two was drafted as another day of this; the other carries the same name by chance.
            shared = Deployment.objects.get(id=day.deployment_id).operation_id
            Deployment.objects.filter(id=here.id).update(operation_id=shared)
        found = day.call(nearby, deployment=day.get())
        assert [other.deployment.id for other in found.others] == [here.id, near.id]
        assert found.further == 1
        page = see(day, cast["officer"], "decide/")
        assert "in the same area" in page
        assert page.count("Same operation") == 1
        assert "about 1.9 km away" in page
        for other in (far, draft):
            assert f"/deployments/{other.id}/authority/" not in page

    def test_a_small_area_inside_a_large_one_is_not_said_to_be_away(self, day, cast):
        middle = ((51.7955, -0.2055), (51.7955, -0.2045), (51.7945, -0.2045), (51.7945, -0.2055))
        draft_at(day, middle, 1)
        day.to(S.SUBMITTED)
        assert "the areas overlap" in see(day, cast["officer"], "decide/")

    def test_the_same_number_of_queries_for_many(self, day, cast):
        day.to(S.SUBMITTED)
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as asked:
                day.call(nearby, deployment=day.get())
            counts.append(len(asked))
            for days in (1, 2, 3):
                draft_at(day, SQUARE, days)
        assert counts[0] == counts[1]


class TestAssessments:
    @pytest.fixture
    def rests(self, day):
        """On a published assessment with a title that ends headers."""
        row = day.call(
            deployments.upload_assessment,
            new=deployments.NewAssessment(
                kind=AssessmentKind.DPIA,
                title='Vans "in\r\ntowns" – Ŵ/../x',
                version="2.1",
                in_force_from=date(2026, 1, 1),
                in_force_until=date(2027, 12, 31),
                content=pdf("vans"),
                is_public=True,
            ),
            actor=day.planner,
            now=PLANNED,
        )
        return row

    def test_they_are_named_with_version_and_days_wherever_they_are_read(self, day, cast, rests):
        (_, eia) = assessed(day.force.id, day.planner)
        day.draft(assessments=(rests.ref, eia))
        page = see(day, cast["planner"], "submit/")
        said = "EIA of the force, version 1</a>, in force from 1 January 2020 to 31 December 2040"
        assert said in page
        day.step(deployments.submit, day.planner, PLANNED)
        assert said in see(day, cast["officer"], "decide/")
        day.approve()
        assert said in see(day, cast["officer"], "authority/")
        assert "EIA of the force, version 1, in force from 1 January 2020" in words_of_pdf(day)

    def test_files_are_called_what_they_are_and_no_title_breaks_the_header(self, day, cast, rests, client):
        for answer in (
            cast["planner"].client().get(f"/assessments/{rests.id}/file.pdf"),
            client.get(f"/assessments/{rests.id}/public.pdf"),
        ):
            assert answer.status_code == 200, answer
            name = 'attachment; filename="dpia-vans-in-towns-w-x-2.1.pdf"'
            assert answer.headers["Content-Disposition"] == name

    def test_a_replaced_version_has_no_next_one(self, day, cast, rests):
        newer = {"in_force_from": date(2027, 1, 1), "in_force_until": date(2028, 1, 1), "content": pdf("new")}
        new = deployments.NewAssessment(
            kind=AssessmentKind.DPIA, title="Vans", version="3", is_public=False, **newer
        )
        upload = {"new": new, "replaces": rests.id, "actor": day.planner, "now": PLANNED}
        day.call(deployments.upload_assessment, **upload)
        with pytest.raises(RuleViolated, match="replaced by version 3 already"):
            day.call(deployments.upload_assessment, **upload)
        with time_machine.travel(LATER, tick=False):
            browser = cast["planner"].client()
            page = browser.get("/assessments/").content.decode()
            assert f"?replaces={rests.id}" not in page
            assert "Replaced already" in page
            assert browser.get(f"/assessments/new/?replaces={rests.id}").status_code == 302

    def test_one_that_ends_after_the_approval_stops_the_start_and_tells_both_at_once(self, day, cast, rests):
        (_, eia) = assessed(day.force.id, day.planner)
        day.draft(assessments=(rests.ref, eia))
        day.step(deployments.submit, day.planner, PLANNED)
        day.approve()
        day.verify()
        assert "approved, " not in see(day, cast["planner"], "", now=VERIFIED).split("Where it stands")[0]
        ends = {"assessment_id": rests.id, "last_day": date(2026, 12, 5), "reason": "The vans changed."}
        page = see_end(cast["planner"], rests.id)
        assert day.get().reference in page
        day.call(deployments.end_assessment, actor=day.planner, now=VERIFIED, **ends)
        for name in ("planner", "officer"):
            with time_machine.travel(VERIFIED, tick=False):
                home = cast[name].client().get("/").content.decode()
            assert "is in force until 5 December 2026 only" in home, name
            assert "The vans changed" in see(day, cast[name], "", now=VERIFIED)
        blockers = day.call(deployments.start_blockers, deployment_id=day.deployment_id, now=CHECKED)
        assert any("is in force until 5 December 2026 only" in reason for reason in blockers)


def see_end(member, assessment_id):
    with time_machine.travel(VERIFIED, tick=False):
        return member.client().get(f"/assessments/{assessment_id}/end/").content.decode()


def test_the_number_stands_with_what_an_officer_decides_and_with_nobody_elses_step(day, cast, monkeypatch):
    make_urgent(day, monkeypatch)
    number(day, day.inspector, "HC 33")
    day.approve(now=DECIDED, actor=day.inspector)
    log = day.call(deployments.decisions, deployment_id=day.deployment_id)
    numbers = {row.kind: row.collar_number for row in log}
    assert numbers == {"submit": "", "approve": "HC 33", "publish_notice": ""}
