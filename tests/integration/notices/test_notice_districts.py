"""Subscriptions to parts of a force's area, in the reader's language: told of those, and of no others."""

import re
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.core import mail
from django.test import Client
from pypdf import PdfReader

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.forces import districts as of_forces
from apps.forces import settings as force_settings
from apps.forces.districts import District
from apps.forces.models import Force
from apps.notices import districts, mails, subscriptions
from apps.notices.models import OutgoingMail, Subscription
from tests.support.cast import make_member
from tests.support.days import VERIFIED, make_day
from tests.support.plans import SQUARE

HERE, BESIDE, FAR = "Market Town", "Hill & Vale", "Seaside"
LINES = [f"{HERE}, 51.795, -0.205, 3", f"{BESIDE}, 51.83, -0.205, 5 km", f"{FAR}, 52.4, 1.1, 6"]
LINK = re.compile(r"http://testserver(/\S+)")
# Eighty kilometres away: in the district FAR.
FAR_SQUARE = ((52.41, 1.10), (52.41, 1.11), (52.40, 1.11), (52.40, 1.10))


@pytest.fixture
def day(real_db):
    return make_day("north", districts=LINES, languages=["cy"])


def sent(day):
    mail.outbox.clear()
    mails.send_due(force_id=day.force.id, now=utc_now())
    return {message.to[0]: message for message in mail.outbox}


def ask(day, email, *chosen, prefix=""):
    address = f"{prefix}/notices/{day.force.slug}/subscribe/"
    return Client().post(address, {"email": email, "districts": chosen})


def link(message, part):
    return next(path for path in LINK.findall(message.body) if part in path)


def subscribe(day, email, *chosen, prefix=""):
    assert ask(day, email, *chosen, prefix=prefix).status_code == 200
    message = sent(day)[email]
    path = link(message, "/confirm/")
    shown = Client().get(path).content.decode()
    assert Client().post(path).status_code == 200
    return SimpleNamespace(mail=message, page=shown)


def chosen(day, email):
    return day.call(lambda: Subscription.objects.get(email=email).districts)


def test_each_is_told_once_of_what_lies_in_their_districts_and_of_nothing_else(day):
    asked = subscribe(day, "both@mail.example", HERE, BESIDE)
    for where in (asked.mail.body, asked.page):
        assert HERE in where
        assert FAR not in where
    assert "Hill &amp; Vale" in asked.page
    assert "Hill & Vale" in asked.mail.body
    subscribe(day, "far@mail.example", FAR)
    subscribe(day, "all@mail.example", "all")
    subscribe(day, "all-and-far@mail.example", "all", FAR)
    assert chosen(day, "all-and-far@mail.example") == []
    day.to(S.NOTICE_PUBLISHED)
    told = sent(day)
    assert set(told) == {"both@mail.example", "all@mail.example", "all-and-far@mail.example"}
    assert day.call(OutgoingMail.objects.count) == 0
    assert f"you subscribed for: {HERE}; {BESIDE}." in told["both@mail.example"].body


def test_who_chose_a_district_learns_that_it_moved_away_and_others_that_it_comes(day):
    subscribe(day, "here@mail.example", HERE)
    subscribe(day, "far@mail.example", FAR)
    day.to(S.NOTICE_PUBLISHED)
    assert set(sent(day)) == {"here@mail.example"}
    later = VERIFIED + timedelta(hours=1)
    moved = day.plan(place_name="Pier", polygon=FAR_SQUARE)
    day.step(deployments.amend, day.planner, later, authority=moved, reason="The market is closed that day.")
    assert set(sent(day)) == {"here@mail.example"}
    day.step(deployments.submit, day.planner, later)
    day.approve(now=later)
    assert set(sent(day)) == {"here@mail.example", "far@mail.example"}


def test_a_stranger_changes_nothing_for_somebody_who_is_subscribed(day):
    subscribe(day, "here@mail.example", HERE)
    hours = timedelta(hours=1)
    now = utc_now()
    day.call(subscriptions.ask, email="here@mail.example", districts=(FAR,), now=now + hours)
    message = sent(day)["here@mail.example"]
    assert "Your subscription then stays as it is." in message.body
    assert "address is then deleted" not in message.body
    assert chosen(day, "here@mail.example") == [HERE]
    day.call(subscriptions.forget_unconfirmed, now=now + 80 * hours)
    assert chosen(day, "here@mail.example") == [HERE]
    for times in range(2, 6):
        day.call(subscriptions.ask, email="here@mail.example", districts=(), now=now + times * hours)
    assert day.call(lambda: OutgoingMail.objects.count()) == 1
    Client().post(link(message, "/confirm/"))
    assert chosen(day, "here@mail.example") == [FAR]


def test_what_was_chosen_and_what_was_not_is_said_at_the_field(day):
    page = ask(day, "here@mail.example").content.decode()
    assert "Choose at least one district, or the whole area." in page
    assert 'href="#id_districts_0"' in page
    answer = ask(day, "here@mail.example", "Atlantis")
    assert (answer.status_code, day.call(Subscription.objects.count)) == (422, 0)
    assert "Choose from the list only." in answer.content.decode()


def test_a_district_that_the_force_lists_no_more_counts_as_the_whole_force():
    listed = frozenset({HERE, FAR})
    assert districts.concerns([BESIDE], listed=listed, here=frozenset())
    assert not districts.concerns([HERE], listed=listed, here=frozenset({FAR}))


def test_a_welsh_reader_is_asked_and_told_in_welsh(day):
    asked = subscribe(day, "cy@mail.example", HERE, prefix="/cy")
    assert link(asked.mail, "/confirm/").startswith("/cy/notices/confirm/")
    assert asked.mail.subject.startswith("Cadarnhewch")
    assert '<html lang="cy">' in asked.page
    wrong = ask(day, "no address", HERE, prefix="/cy").content.decode()
    assert "Mae problem" in wrong
    assert "There is a problem" not in wrong
    assert "no e-mail address" not in wrong
    day.to(S.NOTICE_PUBLISHED)
    message = sent(day)["cy@mail.example"]
    assert message.subject.startswith("Adnabod Wynebau Byw wedi'i gynllunio")
    assert "Dydd Iau 10 Rhagfyr 2026" in message.body
    assert f"/cy/notices/{day.force.slug}/lfr-2026-001/" in message.body
    for english in ("You get this", "Where:", "Planned", "plans to use"):
        assert english not in message.body
    assert "Dad-danysgrifio" in Client().get(link(message, "/unsubscribe/")).content.decode()


def test_a_language_that_is_offered_no_more_is_written_in_no_more(day):
    subscribe(day, "cy@mail.example", HERE, prefix="/cy")
    day.call(Force.objects.filter(id=day.force.id).update, languages=[])
    day.to(S.NOTICE_PUBLISHED)
    assert "plans to use" in sent(day)["cy@mail.example"].body
    assert ask(day, "other@mail.example", HERE, prefix="/cy").status_code == 404


def test_welsh_feeds_pages_and_paper(day):
    day.to(S.NOTICE_PUBLISHED)
    force = f"/cy/notices/{day.force.slug}/"
    feed = Client().get(f"{force}feed.atom").content.decode()
    assert 'xml:lang="cy"' in feed
    assert "Newid diwethaf: Cyhoeddwyd." in feed
    assert f"http://testserver{force}lfr-2026-001/" in feed
    assert "Adnabod Wynebau Byw yn" in Client().get(f"{force}lfr-2026-001/calendar.ics").content.decode()
    about = Client().get(force).content.decode()
    assert "Cwestiynau cyffredin" in about
    assert "Common questions" not in about
    client = make_member(day, "north-second-planner", Role.PLANNER).client()
    for name, words in (
        ("sign", "Adnabod Wynebau Byw o'ch blaen"),
        ("leaflet", "Cwestiynau a chwynion"),
        ("easy-read", "Camerâu sy'n chwilio"),
    ):
        answer = client.get(f"/deployments/{day.deployment_id}/notice/{name}.pdf?language=cy")
        assert f"{name}-lfr-2026-001-cy.pdf" in answer["Content-Disposition"]
        document = PdfReader(BytesIO(answer.content))
        text = " ".join(" ".join(page.extract_text() for page in document.pages).split())
        assert words in text, text
        assert f"/cy/notices/{day.force.slug}/lfr-2026-001/" in text.replace(" ", "")
        assert document.trailer["/Root"]["/Lang"] == "cy"
    assert client.get(f"/deployments/{day.deployment_id}/notice/sign.pdf?language=fr").status_code == 404


def test_all_notices_lead_to_each_force_and_its_mails(day):
    page = Client().get("/notices/").content.decode()
    assert f'<a href="/notices/{day.force.slug}/">' in page
    assert f'<a href="/notices/{day.force.slug}/subscribe/">' in page
    assert (
        f'<a href="/cy/notices/{day.force.slug}/subscribe/">' in Client().get("/cy/notices/").content.decode()
    )


def test_distance_to_an_area_from_inside_from_outside_and_past_its_corner():
    middle = District("x", 51.795, -0.205, 3)
    assert districts.distance_m(middle, SQUARE) == 0
    north = District("x", 51.81, -0.205, 3)
    assert districts.distance_m(north, SQUARE) == pytest.approx(0.01 * 111_132, rel=1e-3)
    corner = District("x", 51.81, -0.22, 3)
    assert districts.distance_m(corner, SQUARE) == pytest.approx(1308, rel=0.01)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Watford", "write each line as a name"),
        ("Watford, -0.396, 51.656, 6", "outside the United Kingdom"),
        ("Watford, 51.656, -0.396, 0.1", "where its readers live"),
        ("Watford, 51.656, nan, 6", "write each line as a name"),
        ("<b>, 51.656, -0.396, 6", "a name has letters"),
    ],
    ids=["no-numbers", "turned-round", "a-street", "no-number", "markup"],
)
def test_a_district_that_cannot_be_is_said_in_words(line, words):
    assert any(words in problem for problem in of_forces.problems([line]))


def test_districts_are_checked_with_the_other_settings():
    good = {"districts": LINES}
    assert force_settings.problems(good) == {}
    twice = force_settings.problems({"districts": [LINES[0], f"{HERE.lower()}, 51.7, -0.2, 9"]})
    assert twice == {"districts": ["Districts to subscribe to: a name stands there twice. Give each once."]}
