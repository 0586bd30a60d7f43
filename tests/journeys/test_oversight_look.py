"""Questions and recommendations as the oversight body, the force and the public read them."""

from datetime import timedelta

import pytest

from tests.support.cast import make_cast
from tests.support.looks import LONG_WORDS, check_page

ASKED = "Why were there two cameras in the square, and who decided that one of them looks at the school gate?"
TOLD = "One alone does not see both ways out. It was turned away from the gate before the start."
ADVICE = f"Put a sign at the north exit of the station.\n\nPeople came out and had seen none. {LONG_WORDS}"


@pytest.fixture
def day(off_loop):
    """One question of each state that can be seen, and a recommendation that the force says is done."""
    from apps.core.clock import utc_now
    from apps.oversight.data import Kind
    from apps.oversight.operations import put, take
    from tests.support import days

    def make():
        now = utc_now()
        made = days.make_day()
        made.members = make_cast(made)
        body, officer = made.members["oversight"].actor, made.members["officer"].actor

        def new(kind, text, at=now):
            due_on = (at + timedelta(days=20)).date()
            return made.call(put, kind=kind, text=text, due_on=due_on, actor=body, now=at)

        def step(matter_id, name, text, actor):
            made.call(take, matter_id=matter_id, step=name, text=text, actor=actor, now=now)

        new(
            Kind.QUESTION,
            "How many people asked for the leaflet in another language?",
            now - timedelta(days=40),
        )
        made.answered = new(Kind.QUESTION, ASKED)
        step(made.answered, "answer", TOLD, officer)
        made.done = new(Kind.RECOMMENDATION, ADVICE)
        step(made.done, "accept", "At each deployment near a station from now on.", officer)
        step(made.done, "report_done", "The plan of signs names every exit since Monday.", officer)
        return made

    return off_loop(make)


def test_the_body_asks_publishes_and_the_public_reads(day, open_as, server):
    page = open_as(day.members["oversight"], "/")
    check_page(page, "oversight-home")
    page.get_by_role("link", name="Questions", exact=True).click()
    check_page(page, "oversight-questions")
    page.get_by_role("button", name="Put the question to the force").click()
    assert "There is a problem" in page.locator("main").inner_text()
    check_page(page, "oversight-questions-refused")
    page.goto(f"{server.address}/oversight/{day.answered}/")
    check_page(page, "oversight-question")
    page.get_by_role("button", name="Publish it with the reply").click()
    assert "It is on the public page of the force." in page.locator("main").inner_text()
    page.goto(f"{server.address}/oversight/{day.done}/")
    check_page(page, "oversight-recommendation")
    page.get_by_label("Seen as done").check()
    page.get_by_label("What you found").fill("Looked at two stations on Friday.")
    page.get_by_role("button", name="Record what you found").click()
    page.get_by_role("button", name="Publish it with the reply").click()
    page.goto(f"{server.address}/oversight/recommendations/")
    check_page(page, "oversight-recommendations")
    public = open_as(None, f"/notices/{day.force.slug}/")
    check_page(public, "oversight-public")
    shown = public.locator("section[aria-labelledby=oversight]").inner_text()
    assert TOLD in shown
    assert "The oversight body found it done." in shown


def test_the_force_answers(day, open_as, server):
    page = open_as(day.members["officer"], "/")
    assert "waits for an answer of the force" in page.locator("main").inner_text()
    check_page(page, "oversight-officer-home")
    page.get_by_role("link", name="questions", exact=True).click()
    page.get_by_role("link", name="Question 1").click()
    check_page(page, "oversight-to-answer")
    page.get_by_label("Answer of the force").fill("Nobody asked for one at this deployment.")
    page.get_by_role("button", name="Send the answer").click()
    assert "The answer is with the oversight body." in page.locator("main").inner_text()
