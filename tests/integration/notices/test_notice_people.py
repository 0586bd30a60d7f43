"""People of a notice: the oversight body asks, the force replies, subscribers are told and can leave."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotPermitted
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.forces.models import Force
from apps.notices import mails, oversight, subscriptions, tasks
from apps.notices.models import OutgoingMail, Subscription
from tests.support.cast import make_member
from tests.support.days import PLANNED, VERIFIED
from tests.support.plans import FLOODED

LINK = re.compile(r"http://testserver(/\S+)")
READER = "Ann.Reader@mail.example"


@pytest.fixture
def published(day):
    with force_context(day.force.id):
        Force.objects.filter(id=day.force.id).update(oversight_email="body@county.example")
    day.to(S.NOTICE_PUBLISHED)
    return day


def work(day, part=""):
    return f"/deployments/{day.deployment_id}/notice/{part}"


def public(day):
    return Client().get(f"/notices/{day.force.slug}/lfr-2026-001/").content.decode()


def sent(day):
    mail.outbox.clear()
    mails.send_due(force_id=day.force.id, now=utc_now())
    return [(message.to[0], message.body) for message in mail.outbox]


def link_to(body, part):
    return next(path for path in LINK.findall(body) if part in path)


def subscribe(day, email=READER):
    """From the form to the button behind the link of the mail."""
    answer = Client().post(f"/notices/{day.force.slug}/subscribe/", {"email": email})
    assert "Look into your mailbox" in answer.content.decode()
    [(to, body)] = [each for each in sent(day) if each[0] != "body@county.example"]
    assert to == email.lower()
    link = link_to(body, "/confirm/")
    assert "Confirm the subscription" in Client().get(link).content.decode()
    assert day.call(lambda: Subscription.objects.get().confirmed_at) is None
    assert "You are subscribed" in Client().post(link).content.decode()


def test_oversight_is_told_asks_and_the_force_replies_where_everybody_reads_it(published):
    day = published
    [(to, body)] = sent(day)
    assert to == "body@county.example"
    assert link_to(body, "/notice/") == work(day)
    assert "unsubscribe" not in body.lower()
    body_member = make_member(day, "north-body", Role.OVERSIGHT).client()
    planner = make_member(day, "north-second-planner", Role.PLANNER).client()
    soon = utc_now() + timedelta(days=3)
    meeting = {"day": f"{soon:%Y-%m-%d}", "time": "18:30", "place": "Old town hall", "webcast": ""}
    assert body_member.post(work(day, "meeting/"), meeting).status_code == 302
    assert (
        body_member.post(work(day, "question/"), {"text": "Why this square and no other?"}).status_code == 302
    )
    assert "The force has not replied yet." in public(day)
    assert planner.post(work(day, "question/"), {"text": "I ask myself a question."}).status_code == 403
    assert body_member.post(work(day, "questions/1/reply/"), {"text": "No reply of ours."}).status_code == 403
    told = {"text": "Robberies happened here more often than elsewhere."}
    assert planner.post(work(day, "questions/1/reply/"), told).status_code == 302
    assert planner.post(work(day, "questions/1/reply/"), told).status_code == 422
    shown = public(day)
    for words in ("Old town hall", "Why this square and no other?", "Robberies happened here", "6:30pm"):
        assert words in shown
    assert day.verify(now=VERIFIED + timedelta(minutes=1)).verified


def test_nobody_speaks_for_another(published):
    day = published
    about = {"deployment_id": day.deployment_id, "now": VERIFIED}
    for call in (
        lambda: oversight.ask(text="A question of nobody's.", actor=day.planner, **about),
        lambda: oversight.reply(number=1, text="A reply of nobody's.", actor=day.operator, **about),
    ):
        with pytest.raises(NotPermitted):
            day.call(call)


def test_what_is_wrong_is_said_all_at_once_beside_what_was_typed(published):
    client = make_member(published, "north-body", Role.OVERSIGHT).client()
    wrong = {"day": "2020-01-01", "time": "18:30", "place": "Hall", "webcast": "http://x.example"}
    answer = client.post(work(published, "meeting/"), wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The meeting must lie ahead." in page
    assert "Webcast: write an address that starts with https://" in page
    assert 'value="Hall"' in page
    assert "<title>Error: " in page


def test_a_subscriber_is_told_of_changes_and_leaves_with_one_button(day):
    subscribe(day)
    day.to(S.NOTICE_PUBLISHED)
    [(to, body)] = sent(day)
    assert (to, "plans to use Live Facial Recognition" in body) == (READER.lower(), True)
    assert sent(day) == []
    day.step(deployments.cancel, day.planner, VERIFIED, **FLOODED)
    [(_, body)] = sent(day)
    assert "Cancelled" in body
    link = link_to(body, "/unsubscribe/")
    assert "delete my address" in Client().get(link).content.decode()
    assert day.call(Subscription.objects.count) == 1
    assert "Your address is deleted" in Client().post(link).content.decode()
    assert day.call(Subscription.objects.count) == 0
    assert Client().post(link).status_code == 200


def test_a_browser_says_where_the_forms_of_subscribers_come_from(day):
    """With `no-referrer` on a page its form is sent with `Origin: null`, and nobody could get on or off."""
    for address in (f"/notices/{day.force.slug}/subscribe/", "/notices/unsubscribe/anything/"):
        assert Client().get(address)["Referrer-Policy"] == "same-origin"


def test_nobody_learns_who_is_subscribed_and_no_mailbox_is_filled(day):
    subscribe(day)
    first = Client().post(f"/notices/{day.force.slug}/subscribe/", {"email": READER})
    other = Client().post(f"/notices/{day.force.slug}/subscribe/", {"email": "new@mail.example"})
    assert first.content == other.content
    for _ in range(5):
        Client().post(f"/notices/{day.force.slug}/subscribe/", {"email": "new@mail.example"})
    assert [to for to, _ in sent(day)] == ["new@mail.example"]
    assert Client().post(f"/notices/{day.force.slug}/subscribe/", {"email": "no address"}).status_code == 422


def test_what_was_never_confirmed_is_sent_nothing_and_forgotten(day):
    day.call(subscriptions.ask, email="new@mail.example", now=PLANNED)
    day.call(OutgoingMail.objects.all().delete)
    day.to(S.NOTICE_PUBLISHED)
    assert sent(day) == []
    assert day.call(subscriptions.forget_unconfirmed, now=PLANNED + timedelta(hours=47)) == 0
    assert day.call(subscriptions.forget_unconfirmed, now=PLANNED + timedelta(hours=49)) == 1
    assert day.call(Subscription.objects.count) == 0


def test_a_link_that_was_made_up_opens_nothing(day, other_day):
    subscribe(day)
    for kind in ("confirm", "unsubscribe"):
        assert Client().post(f"/notices/{kind}/{day.force.id}.{day.force.id}:made-up/").status_code == 404
    assert day.call(Subscription.objects.count) == 1
    assert other_day.call(Subscription.objects.count) == 0


def test_a_mail_that_is_not_taken_waits_and_says_nothing_of_whom_it_is_for(day, settings, caplog):
    day.call(subscriptions.ask, email="new@mail.example", now=utc_now())
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 1
    tasks.send_mails()
    assert "not taken" in caplog.text
    assert "new@mail.example" not in caplog.text
    assert day.call(lambda: OutgoingMail.objects.get().attempts) == 1


def test_signs_and_leaflets_lead_to_the_notice(published):
    from io import BytesIO

    from pypdf import PdfReader

    client = make_member(published, "north-second-planner", Role.PLANNER).client()
    for part in ("sign.pdf", "leaflet.pdf"):
        answer = client.get(work(published, part))
        assert answer["Content-Type"] == "application/pdf"
        document = PdfReader(BytesIO(answer.content))
        words = " ".join("".join(page.extract_text() for page in document.pages).split())
        assert len(document.pages) == 1
        assert "Market Square" in words
        assert f"/notices/{published.force.slug}/lfr-2026-001/" in words.replace(" ", "")
    assert Client().get(work(published, "sign.pdf")).status_code == 302


# Django takes it for an address; its domain is longer than a domain can be, so that no mail can be written.
NO_DOMAIN = f"a@{'ü' * 60}.example"


def test_an_address_that_no_mail_can_be_written_to_is_refused(day):
    answer = Client().post(f"/notices/{day.force.slug}/subscribe/", {"email": NO_DOMAIN})
    assert answer.status_code == 422
    assert "That is no e-mail address." in answer.content.decode()
    assert day.call(OutgoingMail.objects.count) == 0


def test_one_mail_that_cannot_be_written_holds_no_other_up(published, caplog):
    day = published
    for email in (NO_DOMAIN, "reader@mail.example"):
        day.call(Subscription.objects.create, email=email, asked_at=PLANNED, confirmed_at=PLANNED)
    day.call(OutgoingMail.objects.all().delete)
    day.step(deployments.cancel, day.planner, VERIFIED, **FLOODED)
    assert {to for to, _ in sent(day)} == {"body@county.example", "reader@mail.example"}
    [left] = day.call(lambda: list(OutgoingMail.objects.select_related("subscription")))
    assert (left.subscription.email, left.attempts) == (NO_DOMAIN, 1)
    assert "could not be written" in caplog.text
    assert "ü" not in caplog.text


def test_who_confirms_while_old_addresses_are_forgotten_stays_subscribed(day):
    day.call(subscriptions.ask, email="late@mail.example", now=PLANNED)
    row = day.call(Subscription.objects.get)
    later = PLANNED + timedelta(days=2, minutes=1)
    # The sweep has read the row; before it deletes it, the button behind the link is pressed.
    day.call(Subscription.objects.filter(id=row.id).update, confirmed_at=later)
    assert day.call(subscriptions.forget, subscription_id=row.id, now=later) == 0
    assert day.call(Subscription.objects.count) == 1


def test_somebody_signed_in_elsewhere_is_not_told_that_their_address_is_gone(day, other_day):
    subscribe(day)
    day.to(S.NOTICE_PUBLISHED)
    link = link_to(sent(day)[0][1], "/unsubscribe/")
    elsewhere = make_member(other_day, "south-second-planner", Role.PLANNER).client()
    answer = elsewhere.post(link)
    assert answer.status_code == 404
    assert "the address with it" not in answer.content.decode()
    assert "You are signed in to another police force." in answer.content.decode()
    assert day.call(Subscription.objects.count) == 1


def test_a_mail_that_nobody_takes_is_given_up_and_does_not_stay(published, caplog):
    day = published
    day.call(OutgoingMail.objects.update, attempts=mails.MOST_ATTEMPTS)
    assert sent(day) == []
    assert day.call(OutgoingMail.objects.count) == 0
    assert "given up" in caplog.text
