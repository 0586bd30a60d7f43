"""What pages of the day say where the platform can see and where it cannot: staffing, walk, resumption."""

from datetime import timedelta

from apps.deployments import api as deployments
from apps.deployments.data import CheckKind, Duty
from apps.deployments.data import DeploymentState as S
from tests.support.clocks import travelled
from tests.support.day_pages import NOW, check_of, duties, press, see, send
from tests.support.days import CHECKED, START


def test_the_page_names_the_duties_that_are_missing(sealed, cast):
    page = see(sealed, cast["silver"], "run/", CHECKED)[1]
    assert "No operator has taken their duty yet." in page
    assert "No engagement officer has taken their duty yet." in page
    assert "Nobody is on duty here. Your force needs at least 3." in page
    assert press(sealed, cast["operator"], "duty", CHECKED, duty="operator")[0] == 302
    page = see(sealed, cast["silver"], "run/", CHECKED)[1]
    assert "No operator" not in page
    assert "Only 1 person is on duty here." in page


def test_staffing_is_not_ticked_against_what_the_platform_knows(sealed, cast):
    """Enough by the commander's word, and nobody has taken a duty."""
    address = "checklist/?item=staffing"
    page = see(sealed, cast["silver"], address, CHECKED)[1]
    missing = (
        "No operator has taken their duty yet.",
        "No engagement officer has taken their duty yet.",
        "Only 1 person is on duty here. Your force needs at least 3.",
    )
    assert "It cannot be recorded as passed yet" in page
    assert all(words in page for words in missing)
    status, page = send(sealed, cast["silver"], address, CHECKED, result="passed", note="All here")
    assert status == 422
    assert all(words in page for words in missing)
    assert check_of(sealed, CheckKind.STAFFING).recorded_at is None
    assert (cast["silver"].actor.id, Duty.SILVER) not in duties(sealed)
    # That somebody is missing may be recorded at any time.
    sent = send(sealed, cast["silver"], address, CHECKED, result="failed", note="Nobody came")
    assert sent[0] == 302
    sealed.take_duties()
    assert "It cannot be recorded as passed yet" not in see(sealed, cast["silver"], address, CHECKED)[1]
    assert send(sealed, cast["silver"], address, CHECKED, result="passed")[0] == 302
    assert check_of(sealed, CheckKind.STAFFING).passed


def test_resuming_says_why_it_stopped_and_what_the_platform_cannot_see(day, cast):
    day.to(S.LIVE)
    day.step(deployments.suspend, day.operator, NOW, reason="Sign blown over")
    page = see(day, cast["silver"], "run/")[1]
    assert "Sign blown over" in page
    assert "It cannot see whether what stopped it has been put right." in page
    unseen = page.split("Nobody recorded these since it was suspended")[1].split("</ul>")[0]
    assert "?item=signage" in unseen
    assert "by PC Engineer, Thursday 10 December 2026 at 9am" in unseen
    assert "?item=model_matches" not in unseen
    later = NOW + timedelta(minutes=5)
    day.step(deployments.record_check, day.silver, later, kind=CheckKind.SIGNAGE, passed=True)
    page = see(day, cast["silver"], "run/", later)[1]
    unseen = page.split("Nobody recorded these since it was suspended")[1].split("</ul>")[0]
    assert "?item=signage" not in unseen
    assert "?item=staffing" in unseen


def test_the_blue_list_walk_is_asked_for_once_it_can_happen(day, cast):
    day.to(S.READY)
    assert "Now: the Blue List walk" not in see(day, cast["engineer"], "run/")[1]
    day.step(deployments.start, day.silver, START)
    page = see(day, cast["engineer"], "run/")[1]
    assert "If none comes, record it as failed" in page
    assert "?item=blue_list_pass" in page
    assert "?item=blue_list_pass" not in see(day, cast["operator"], "run/")[1]
    walked = {"kind": CheckKind.BLUE_LIST_PASS, "passed": True, "note": "Walked at 10.10, alert came"}
    day.step(deployments.record_check, day.engineer, NOW, **walked)
    assert "Now: the Blue List walk" not in see(day, cast["engineer"], "run/")[1]


def the_board(day, member, now):
    with travelled(now, tick=False):
        page = member.client().get(f"/board/{day.deployment_id}/").content.decode()
    return page.split('id="checks"')[1].split("Gaps in recognition")[0]


def test_the_board_and_the_page_of_the_day_agree_on_what_has_to_be_looked_at_again(day, cast):
    """After the start and after each resumption the walk; while it is suspended all that nobody recorded
    since."""
    day.to(S.READY)
    assert "Every item has passed." in the_board(day, cast["silver"], START - timedelta(minutes=1))
    day.step(deployments.start, day.silver, START)
    minutes, silver = (START + timedelta(minutes=each) for each in range(1, 100)), cast["silver"]

    def agree(*, walk: bool, at):
        board, run = the_board(day, silver, at), see(day, silver, "run/", at)[1]
        assert ("Now: the Blue List walk" in run) is walk
        assert ("To be recorded again now that recognition runs:" in board) is walk
        assert ("Every item has passed." in board) is not walk

    walked = {"kind": CheckKind.BLUE_LIST_PASS, "passed": True, "note": "Walked, alert came"}
    agree(walk=True, at=next(minutes))
    day.step(deployments.record_check, day.engineer, next(minutes), **walked)
    agree(walk=False, at=next(minutes))
    day.step(deployments.suspend, day.operator, next(minutes), reason="Sign blown over")
    at = next(minutes)
    board, run = the_board(day, silver, at), see(day, silver, "run/", at)[1]
    assert "Nobody recorded these since it was suspended" in run
    assert "Passed, and recorded by nobody since it was suspended:" in board
    assert "Signs on every approach" in board
    assert "Every item has passed." not in board
    day.step(deployments.resume, day.silver, next(minutes))
    agree(walk=True, at=next(minutes))
    day.step(deployments.record_check, day.engineer, next(minutes), **walked)
    agree(walk=False, at=next(minutes))


def test_no_alert_on_the_walk_stops_it_and_says_so_in_words(day, cast):
    day.to(S.LIVE)
    failed = {"result": "failed", "note": "Walked past twice, no alert"}
    assert send(day, cast["engineer"], "checklist/?item=blue_list_pass", **failed)[0] == 302
    assert day.get().state is S.SUSPENDED
    page = see(day, cast["silver"], "run/")[1]
    assert "The check of the Blue List walk failed: Walked past twice, no alert" in page
    assert "blue_list_pass:" not in page
