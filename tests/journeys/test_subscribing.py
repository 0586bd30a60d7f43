"""A reader of the notices gets on the list in a real browser, which says where a form comes from."""

import re

from tests.support.looks import check_page

READER = "reader@mail.example"


LINES = ["Oakbourne, 51.795, -0.205, 3", "Long Sands, 52.4, 1.1, 6"]


def make():
    from tests.support.days import make_day

    return make_day("north", districts=LINES, languages=["cy"])


def announce(day):
    from apps.deployments.data import DeploymentState as S

    day.to(S.NOTICE_PUBLISHED)


def address_in_mail(day, kind="confirm"):
    """The path of the link in the one mail that waits for the reader."""
    from django.core import mail

    from apps.core.clock import utc_now
    from apps.notices import mails

    mail.outbox.clear()
    mails.send_due(force_id=day.force.id, now=utc_now())
    [message] = [each for each in mail.outbox if each.to == [READER]]
    return re.search(r"https?://[^/\s]+(\S*/notices/" + kind + r"/\S+)", message.body).group(1)


def confirmed(day):
    from apps.notices.people_models import Subscription

    return day.call(lambda: Subscription.objects.filter(confirmed_at__isnull=False).count())


def test_a_reader_confirms_behind_the_link_of_the_mail(open_as, off_loop, server):
    day = off_loop(make)
    page = open_as(None, f"/notices/{day.force.slug}/subscribe/")
    check_page(page, "subscribe")
    page.get_by_label("Oakbourne").check()
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


def test_without_scripts_and_in_welsh_a_reader_gets_on_the_list_and_off_it(off_loop, browser, server):
    day = off_loop(make)
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{server.address}/cy/notices/{day.force.slug}/subscribe/")
    page.get_by_label("Oakbourne").check()
    page.locator("[name=email]").fill(READER)
    press(page)
    page.goto(server.address + off_loop(address_in_mail, day))
    assert "Oakbourne" in page.inner_text("main")
    press(page)
    assert off_loop(confirmed, day) == 1
    off_loop(announce, day)
    page.goto(server.address + off_loop(address_in_mail, day, "unsubscribe"))
    press(page)
    assert page.locator("html").get_attribute("lang") == "cy"
    assert off_loop(confirmed, day) == 0


def press(page):
    with page.expect_navigation():
        page.locator("main form button").click()
