"""Lists of deployments: in order, complete, of one force, and no dearer for ten than for one."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.errors import ForceContextError, RuleViolated
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentPage
from apps.deployments.data import DeploymentState as S
from tests.support.days import END, IMPORTED, PLANNED, START

DAY = timedelta(days=1)


def drafts(day, number, *, same_window=False, **changes):
    """Deployments a day apart, the first at START; or all at once."""
    made = []
    for index in range(number):
        shift = timedelta(0) if same_window else index * DAY
        window = {"window_start": START + shift, "window_end": END + shift}
        made.append(day.draft(**window, **changes).id)
    return made


def walk(day, direction="before", **asked):
    """Every page from the first one on."""
    pages = [day.call(deployments.list_page, **asked)]
    while (cursor := getattr(pages[-1], direction)) is not None:
        pages.append(day.call(deployments.list_page, **asked, **{direction: cursor}))
    return pages


def ids(pages):
    return [item.id for page in pages for item in page.items]


@pytest.mark.parametrize("number", [1, 4, 5, 6, 10])
@pytest.mark.parametrize("same_window", [False, True], ids=["days apart", "at once"])
def test_reading_on_shows_each_deployment_once_the_latest_first(day, number, same_window):
    made = drafts(day, number, same_window=same_window)
    pages = walk(day, limit=5)
    assert sorted(ids(pages)) == sorted(made)
    assert len(pages) == -(-number // 5)
    if not same_window:
        assert ids(pages) == made[::-1]


@pytest.mark.parametrize("soonest_first", [False, True])
@pytest.mark.parametrize("same_window", [False, True], ids=["days apart", "at once"])
def test_going_back_shows_the_same_pages_again(day, same_window, soonest_first):
    drafts(day, 7, same_window=same_window)
    pages = walk(day, limit=3, soonest_first=soonest_first)
    last = pages[-1]
    back = []
    while last.after is not None:
        last = day.call(deployments.list_page, limit=3, soonest_first=soonest_first, after=last.after)
        back.append(last)
    assert back == pages[-2::-1]


def test_the_first_page_leads_nowhere_back_and_the_last_nowhere_on(day):
    assert day.call(deployments.list_page) == DeploymentPage((), None, None)
    drafts(day, 2)
    whole = day.call(deployments.list_page, limit=2)
    assert (whole.before, whole.after) == (None, None)
    first = day.call(deployments.list_page, limit=1)
    assert first.after is None
    assert first.before is not None


def test_a_cursor_needs_no_quoting_in_an_address(day):
    drafts(day, 2)
    cursor = day.call(deployments.list_page, limit=1).before
    assert not set(cursor) & set("+ &=#?%/")


def test_what_is_drafted_meanwhile_neither_repeats_nor_hides_another(day):
    made = drafts(day, 4)
    first = day.call(deployments.list_page, limit=2)
    day.draft(window_start=START + 9 * DAY, window_end=END + 9 * DAY)
    second = day.call(deployments.list_page, limit=2, before=first.before)
    assert ids([first, second]) == made[::-1]


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "~", "2026-12-10T10:00:00Z~x", f"x~{UUID(int=7)}", f"9999-12-31T23:59:59-23:00~{UUID(int=7)}"],
)
@pytest.mark.parametrize("direction", ["before", "after"])
def test_a_broken_address_is_answered_in_words(day, cursor, direction):
    with pytest.raises(RuleViolated, match="no such page"):
        day.call(deployments.list_page, **{direction: cursor})


def test_it_is_narrowed_by_state_planner_and_words(day):
    one, two, three = drafts(day, 3)
    day.deployment_id = two
    day.step(deployments.submit, day.planner, PLANNED)
    first_planner, day.planner = day.planner, day.person("DS Amina Okafor", *day.planner.roles)
    four = day.draft(place_name="Station Road, Otherton").id

    def found(**asked):
        return set(ids([day.call(deployments.list_page, **asked)]))

    assert found(states=[S.SUBMITTED]) == {two}
    assert found(states=[S.DRAFT, S.SUBMITTED]) == {one, two, three, four}
    assert found(states=[]) == set()
    assert found(planner_id=first_planner.id) == {one, two, three}
    assert found(planner_id=first_planner.id, states=[S.DRAFT]) == {one, three}
    assert found(search="otherton") == {four}
    assert found(search=" road  STATION ") == {four}
    assert found(search="okafor") == {four}
    assert found(search="LFR-2026-002") == {two}
    assert found(search="2026 market") == {one, two, three}
    assert found(search="no such place") == found(search="%") == set()
    counts = day.call(deployments.count_by_state)
    assert set(counts) == set(S)
    assert {state: number for state, number in counts.items() if number} == {S.DRAFT: 3, S.SUBMITTED: 1}
    assert day.call(deployments.count_by_state, planner_id=first_planner.id)[S.DRAFT] == 2
    assert day.call(deployments.count_by_state, search="otherton")[S.SUBMITTED] == 0


def test_another_forces_deployments_are_not_there(day, other_day):
    drafts(day, 2)
    assert ids([other_day.call(deployments.list_page)]) == []
    assert sum(other_day.call(deployments.count_by_state).values()) == 0
    with pytest.raises(ForceContextError):
        deployments.list_page()


def queries_of(day, ask):
    with force_context(day.force.id):
        page = deployments.list_page(limit=50)
        with CaptureQueriesContext(connection) as captured:
            ask(page.items)
    return len(captured)


MOST = {"planner": 6, "officer": 6, "silver": 8, "operator": 1, "everybody": 9}


def test_ten_deployments_cost_no_more_queries_than_one(day, subtests):
    """Of the same kind, in every state in which there is something to look up."""
    everybody = day.person("all", *(p for a in (day.planner, day.officer, day.silver) for p in a.roles))
    actors = {name: everybody if name == "everybody" else getattr(day, name) for name in MOST}

    def cost(actor):
        return [
            queries_of(day, lambda found: deployments.list_page(limit=5)),
            queries_of(day, lambda found: deployments.count_by_state()),
            queries_of(day, lambda found: deployments.waits_of(deployments=found, now=IMPORTED)),
            queries_of(
                day, lambda found: deployments.actions_of(deployments=found, actor=actor, now=IMPORTED)
            ),
        ]

    states = (S.DRAFT, S.SUBMITTED, S.NOTICE_PUBLISHED, S.LIST_SEALED, S.READY)
    for state in states:
        day.to(state)
    one_of_each = {name: cost(actor) for name, actor in actors.items()}
    for state in states:
        day.to(state)
    drafts(day, 3)
    for name, most in MOST.items():
        with subtests.test(name=name):
            assert cost(actors[name]) == one_of_each[name]
            # The third asks for the conditions of an approval and for the assessments it rests on, too.
            assert one_of_each[name][:3] == [2, 1, 4]
            assert one_of_each[name][3] <= most


def test_the_actions_of_one_page_are_a_handful_of_queries(day):
    day.to(S.READY)
    with force_context(day.force.id), CaptureQueriesContext(connection) as captured:
        deployments.actions(deployment_id=day.deployment_id, actor=day.silver, now=START)
    assert len(captured) <= 9


def test_a_page_shows_the_same_buttons_as_a_list(day):
    day.to(S.READY)
    with force_context(day.force.id):
        listed = deployments.list_page().items
        for actor in (day.planner, day.officer, day.silver, day.engineer):
            alone = deployments.actions(deployment_id=day.deployment_id, actor=actor, now=START)
            among = deployments.actions_of(deployments=listed, actor=actor, now=START)
            assert among == {day.deployment_id: alone}


def test_since_when_it_is_as_it_is(day):
    day.to(S.LIVE)
    assert day.get().state_since == START
    later = START + timedelta(minutes=5)
    day.step(deployments.suspend, day.operator, later, reason="smoke")
    assert day.get().state_since == later
