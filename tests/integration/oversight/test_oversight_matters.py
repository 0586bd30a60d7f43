"""What the oversight body asks and recommends: put, answered, published when the body says so."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.audit import api as audit
from apps.core.clock import london, utc_now
from apps.core.data import Role
from apps.core.errors import NotFound
from apps.core.tenancy import force_context
from apps.deployments.data import DeploymentState as S
from apps.oversight import api, operations
from apps.oversight.models import Entry, Matter
from tests.support.cast import make_member
from tests.support.days import IMPORTED

QUESTIONS, RECOMMENDATIONS = "/oversight/questions/", "/oversight/recommendations/"
ASKED = "Why were there two cameras in the square?"
TOLD = "One alone does not see both ways out of the square."
ADVICE = "Put a sign at the north exit of the station."


def due(days=30):
    return f"{london(utc_now()).date() + timedelta(days=days):%Y-%m-%d}"


def put(body, text=ASKED, where=QUESTIONS, **more):
    """The address of what was put, or the answer that refused it."""
    answer = body.post(where, {"text": text, "due_on": due(), **more})
    return answer["Location"] if answer.status_code == 302 else answer


def page(client, address):
    return client.get(address).content.decode()


def public(day, path=""):
    return Client().get(path or f"/notices/{day.force.slug}/").content.decode()


def publish(body, address):
    seen = re.search(r'name="seen" value="(\d+)"', page(body, address))
    return body.post(f"{address}publish/", {"seen": seen[1] if seen else 1})


@pytest.fixture
def body(cast):
    return cast["oversight"].client()


@pytest.fixture
def officer(cast):
    return cast["officer"].client()


def test_a_question_is_public_with_its_answer_only_when_the_body_says_so(day, body, officer):
    address = put(body)
    assert "Question 1" in page(officer, QUESTIONS)
    assert officer.post(f"{address}answer/", {"text": "Because it was planned so."}).status_code == 302
    assert officer.post(f"{address}answer/", {"text": TOLD}).status_code == 302
    assert ASKED not in public(day)
    assert publish(body, address)["Location"] == address
    shown = public(day)
    assert ASKED in shown
    assert TOLD in shown
    assert "Because it was planned so." not in shown
    assert "Because it was planned so." in page(body, address)
    assert "<script" not in shown.partition('id="oversight"')[2].partition("</section>")[0]


def test_a_recommendation_goes_from_reply_to_done_and_the_public_page_follows(day, body, cast):
    address = put(body, ADVICE, RECOMMENDATIONS, first="2026-01-01", last="2026-03-31")
    silver = cast["silver"].client()
    assert "It is published with" in body.post(f"{address}publish/", {"seen": 1}).content.decode()
    reply = {"step": "accept_partly", "text": "At the next deployment, not before."}
    assert silver.post(f"{address}reply/", reply).status_code == 302
    assert publish(body, address).status_code == 302
    assert "The force accepted it in part." in public(day)
    told = {"text": "A sign stands there since Monday."}
    assert silver.post(f"{address}done/", told).status_code == 302
    # What the force says of it is the body's to look at first.
    assert "since Monday" not in public(day)
    not_done = {"step": "find_not_done", "text": "It stands at the south exit."}
    assert body.post(f"{address}finding/", not_done).status_code == 302
    assert "The oversight body found it not done." in public(day)
    assert silver.post(f"{address}done/", {"text": "Moved to the north exit."}).status_code == 302
    assert (
        body.post(f"{address}finding/", {"step": "find_done", "text": "Seen on Friday."}).status_code == 302
    )
    assert "The oversight body found it done." in public(day)
    assert body.post(f"{address}publish/", {"seen": 7}).status_code == 409


def test_what_the_force_alone_says_of_its_being_done_is_not_published(day, body, officer):
    unseen, seen = (put(body, ADVICE, RECOMMENDATIONS) for _ in range(2))
    for address in (unseen, seen):
        officer.post(f"{address}reply/", {"step": "accept", "text": "From the next one on."})
        officer.post(f"{address}done/", {"text": "A sign stands there since Monday."})
    body.post(f"{seen}finding/", {"step": "find_done", "text": "Seen on Friday."})
    publish(body, unseen)
    publish(body, seen)
    shown = public(day)
    assert shown.count("The force accepted it.") == 1
    assert shown.count("The oversight body found it done.") == 1


def test_each_step_has_its_audit_event(day, body, officer):
    address = put(body)
    officer.post(f"{address}answer/", {"text": TOLD})
    publish(body, address)
    matter = day.call(lambda: Matter.objects.get())
    events = day.call(audit.events_about, object_id=matter.id)
    assert [event.verb for event in events] == [
        "oversight.question_put",
        "oversight.question_answered",
        "oversight.question_published",
    ]


@pytest.mark.parametrize("who", ["planner", "operator", "engagement", "engineer"])
def test_nobody_else_reads_or_writes_here(cast, body, who):
    address = put(body)
    client = cast[who].client()
    assert client.get(QUESTIONS).status_code == 403
    assert client.get(address).status_code == 403
    assert client.post(f"{address}answer/", {"text": TOLD}).status_code == 403


def test_the_force_neither_asks_nor_publishes_and_the_body_answers_nothing(day, body, officer, cast):
    address = put(body)
    for client in (officer, cast["silver"].client(), cast["admin"].client()):
        assert client.post(QUESTIONS, {"text": ASKED, "due_on": due()}).status_code == 403
        assert client.post(f"{address}publish/", {"seen": 2}).status_code == 403
        assert client.post(f"{address}withdraw/", {"text": "We want none of it."}).status_code == 403
    assert body.post(f"{address}answer/", {"text": "We answer ourselves."}).status_code == 403
    assert day.call(Matter.objects.count) == 1
    assert day.call(Entry.objects.count) == 1
    assert ASKED not in public(day)


def test_another_force_sees_nothing_and_reaches_nothing(day, other_day, body):
    address = put(body)
    theirs = make_member(other_day, "south-body", Role.OVERSIGHT).client()
    officer = make_member(other_day, "south-officer", Role.AUTHORISING_OFFICER).client()
    assert ASKED not in page(theirs, QUESTIONS)
    assert theirs.get(address).status_code == 404
    assert theirs.post(f"{address}publish/", {"seen": 1}).status_code == 404
    assert officer.post(f"{address}answer/", {"text": TOLD}).status_code == 404
    matter = day.call(lambda: Matter.objects.get())
    with force_context(other_day.force.id):
        assert api.all_open() == ()
        with pytest.raises(NotFound):
            operations.take(
                matter_id=matter.id, step="answer", text=TOLD, actor=other_day.officer, now=utc_now()
            )
    # Each force counts its own.
    assert "Question 1" in page(theirs, put(theirs))


def test_what_is_public_is_not_changed_any_more(day, body, officer):
    address = put(body)
    officer.post(f"{address}answer/", {"text": TOLD})
    publish(body, address)
    assert officer.post(f"{address}answer/", {"text": "We take that back again."}).status_code == 422
    assert body.post(f"{address}withdraw/", {"text": "We take that back again."}).status_code == 422
    assert body.post(f"{address}publish/", {"seen": 3}).status_code == 409
    assert "take that back" not in public(day)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE oversight_matter SET text = 'another'",
        "UPDATE oversight_entry SET text = 'another'",
        "DELETE FROM oversight_entry",
        "DELETE FROM oversight_matter",
        "UPDATE notices_publicanswer SET text = 'another'",
        "DELETE FROM notices_publicanswer",
    ],
)
def test_the_application_cannot_rewrite_the_record(day, statement):
    with pytest.raises(ProgrammingError, match="permission denied"), force_context(day.force.id):
        connection.cursor().execute(statement)


def test_an_answer_that_came_meanwhile_is_not_published_unread(day, body, officer):
    address = put(body)
    officer.post(f"{address}answer/", {"text": TOLD})
    seen = re.search(r'name="seen" value="(\d+)"', page(body, address))[1]
    officer.post(f"{address}answer/", {"text": "Something else than you read."})
    answer = body.post(f"{address}publish/", {"seen": seen})
    assert answer.status_code == 409
    assert "Read it again." in answer.content.decode()
    assert "Something else" not in public(day)


def test_publishing_asks_who_one_is(day, cast, body, officer):
    address = put(body)
    officer.post(f"{address}answer/", {"text": TOLD})
    stale = cast["oversight"].client(proved=False)
    answer = stale.post(f"{address}publish/", {"seen": 2})
    assert answer["Location"].startswith("/sign-in/confirm/")
    assert TOLD not in public(day)


def test_script_in_a_text_is_text_on_every_page(day, body, officer):
    evil = "<script>alert(1)</script> and <img src=x onerror=alert(2)>"
    address = put(body, evil)
    officer.post(f"{address}answer/", {"text": evil + " back"})
    publish(body, address)
    for shown in (public(day), page(body, address), page(officer, QUESTIONS)):
        assert "<script>alert(1)" not in shown
        assert "<img src=x" not in shown
        assert "&lt;script&gt;alert(1)" in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Write to jo.reed@force.example about it.", "take out the e-mail address"),
        ("Call 07700 900123 about the square.", "take out the telephone number"),
        ("Is 2001/123456X on the list of the day?", "take out the number of a person"),
        ("What did P-67E162CD decide that day?", "take out the code of a person"),
        ("Why?", "write 10 to 4,000 characters"),
        ("A text with a hid\u202eden turn in it.", "characters that nobody sees"),
    ],
)
def test_what_may_not_become_public_is_refused_beside_what_was_typed(day, body, text, said):
    answer = put(body, text)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert said in shown
    assert day.call(Matter.objects.count) == 0


def test_references_dates_and_numbers_of_a_deployment_are_no_telephone_number(body):
    assert isinstance(
        put(body, "Of LFR-2026-001 on 3 December 2026: 1,184 faces, threshold 0.4215, 09:30?"), str
    )


def test_staff_are_not_named_by_either_side(day, body, officer):
    make_member(day, "Jo Reed", Role.OPERATOR)
    assert "name nobody who works for the force" in put(body, "Did jo  REED see it?").content.decode()
    assert "name nobody who works for the force" in put(body, "Did Sgt Reed see it all?").content.decode()
    address = put(body, "Did the reed bed hide the sign from people?")
    refused = officer.post(f"{address}answer/", {"text": "Sergeant J. Reed looked at it."})
    assert refused.status_code == 422
    assert "Sergeant J. Reed looked at it." in refused.content.decode()


def test_only_who_reads_lists_is_told_that_a_text_names_somebody_listed(day, body, officer, cast):
    """To the oversight body, or to an administrator, a refusal would say who is on the list."""
    day.to(S.NOTICE_PUBLISHED)
    assert day.import_list(now=IMPORTED).committed
    named = "What of Test subject TS-001 that day?"
    address = put(body, named)
    assert isinstance(address, str)
    warned = "somebody who is or was listed"
    readers = {"officer": officer, "admin": cast["admin"].client(), "body": body}
    assert {name for name, client in readers.items() if warned in page(client, address)} == {"officer"}
    refused = officer.post(f"{address}answer/", {"text": "It was about test  SUBJECT TS-001 alone."})
    assert refused.status_code == 422
    assert "who are or were listed" in refused.content.decode()
    assert cast["admin"].client().post(f"{address}answer/", {"text": named}).status_code == 302


def test_the_body_reads_rank_and_code_and_the_force_reads_names(day, body, officer, cast):
    address = put(body)
    officer.post(f"{address}answer/", {"text": TOLD})
    label = cast["officer"].actor.label
    assert label not in page(body, address)
    code = day.call(audit.pseudonym, person_id=cast["officer"].actor.id)
    assert code in page(body, address)
    assert label in page(officer, address).partition("<main")[2]
    assert label not in str(day.call(api.all_open))


def test_a_plan_that_nobody_decided_on_is_not_there_for_the_body(day, body):
    day.to(S.SUBMITTED)
    reference = day.get().reference
    unknown = put(body, reference="LFR-2026-999")
    planned = put(body, reference=reference)
    words = "There is no decided deployment with this reference."
    assert words in unknown.content.decode()
    assert words in planned.content.decode()


def test_what_is_about_a_deployment_leads_to_its_notice_and_is_found_by_it(day, body, officer):
    day.to(S.NOTICE_PUBLISHED)
    address = put(body, reference=day.get().reference.lower())
    officer.post(f"{address}answer/", {"text": TOLD})
    publish(body, address)
    assert f'href="/notices/{day.force.slug}/lfr-2026-001/"' in public(day).partition('id="oversight"')[2]
    [found] = day.call(api.of_deployments, deployment_ids=[day.deployment_id])
    assert (found.name, found.reply, found.is_open) == ("Question 1", TOLD, False)


def test_a_withdrawn_question_waits_for_nobody_and_keeps_its_reason(day, body, officer):
    address = put(body)
    assert "1 of them waits" in page(officer, "/")
    assert body.post(f"{address}withdraw/", {"text": ""}).status_code == 422
    assert body.post(f"{address}withdraw/", {"text": "It was asked elsewhere."}).status_code == 302
    assert "of them wait" not in page(officer, "/")
    assert "It was asked elsewhere." in page(officer, address)
    assert officer.post(f"{address}answer/", {"text": TOLD}).status_code == 422


def test_days_of_a_due_date_and_a_period_are_looked_at(body):
    for wrong in ({"due_on": due(0)}, {"due_on": due(400)}, {"first": "2026-02-01"}):
        assert put(body, ADVICE, RECOMMENDATIONS, **wrong).status_code == 422
    backwards = put(body, ADVICE, RECOMMENDATIONS, first="2026-02-01", last="2026-01-01")
    assert "comes before the first" in backwards.content.decode()


def test_a_period_finds_what_was_put_in_it_or_is_about_it(day, body):
    put(body)
    put(body, ADVICE, RECOMMENDATIONS, first="2024-01-01", last="2024-01-31")
    today = london(utc_now()).date()
    names = lambda first, last: [each.name for each in day.call(api.of_period, first=first, last=last)]  # noqa: E731
    assert names(today, today) == ["Question 1", "Recommendation 1"]
    about = today.replace(year=2024, month=1, day=31)
    assert names(about, about) == ["Recommendation 1"]
    assert names(about + timedelta(days=1), about + timedelta(days=2)) == []


def test_reads_cost_the_same_for_one_and_for_many(day, body):
    def asked():
        with (
            force_context(day.force.id),
            CaptureQueriesContext(
                connection,
            ) as found,
        ):
            count = len(api.all_open())
        return count, len(found)

    put(body)
    one = asked()
    for _ in range(4):
        put(body)
        put(body, ADVICE, RECOMMENDATIONS)
    assert one[0] == 1
    assert asked() == (9, one[1])


def test_the_file_of_the_public_page_is_written_anew(day, body, officer, settings, tmp_path):
    from apps.notices import public_files

    settings.LFR_PUBLIC_DIR = tmp_path
    with force_context(day.force.id):
        public_files.sweep(now=utc_now())
        assert public_files.sweep(now=utc_now()) == 0
    address = put(body)
    officer.post(f"{address}answer/", {"text": TOLD})
    assert not any(ASKED.encode() in file.read_bytes() for file in tmp_path.glob("*notices*"))
    publish(body, address)
    assert any(ASKED.encode() in file.read_bytes() for file in tmp_path.glob("*notices*"))
    with force_context(day.force.id):
        assert public_files.sweep(now=utc_now()) == 0
