"""A reader of the notices gets on the list in a real browser, which says where a form comes from."""

import re

from tests.support.looks import check_page

READER = "reader@mail.example"


def address_in_mail(day):
    """The path of the link in the one mail that waits for the reader."""
    from django.core import mail

    from apps.core.clock import utc_now
    from apps.notices import mails

    mail.outbox.clear()
    mails.send_due(force_id=day.force.id, now=utc_now())
    [message] = [each for each in mail.outbox if each.to == [READER]]
    return re.search(r"https?://[^/\s]+(/notices/confirm/\S+)", message.body).group(1)


def confirmed(day):
    from apps.notices.people_models import Subscription

    return day.call(lambda: Subscription.objects.filter(confirmed_at__isnull=False).count())


def test_a_reader_confirms_behind_the_link_of_the_mail(open_as, off_loop, server):
    from tests.support.days import make_day

    day = off_loop(make_day, "north")
    page = open_as(None, f"/notices/{day.force.slug}/subscribe/")
    check_page(page, "subscribe")
    page.locator("[name=email]").fill(READER)
    with page.expect_navigation():
        page.get_by_role("button", name="Send me the link to confirm").click()
    assert "Look into your mailbox" in page.inner_text("main")
    assert off_loop(confirmed, day) == 0
    page.goto(server.address + off_loop(address_in_mail, day))
    with page.expect_navigation():
        page.get_by_role("button", name="Confirm the subscription").click()
    assert "You are subscribed" in page.inner_text("main")
    check_page(page, "subscribed")
    assert off_loop(confirmed, day) == 1
