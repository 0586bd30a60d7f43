"""The history of a plan: what one person saved in one sitting is one line."""

from datetime import timedelta
from uuid import UUID

from apps.deployments.data import DecisionData, RevisionData
from apps.deployments.pages.history import history
from tests.support.plans import FORCE_ID, START

OTHER = UUID(int=7)


def saved(minutes, *fields, by="PC Planner", who=FORCE_ID, kind="edited", reason=""):
    changes = {"widened": list(fields)}
    at = START + timedelta(minutes=minutes)
    return RevisionData(minutes, kind, "b", "a", changes, reason, who, by, at)


def decided(minutes, kind="submit"):
    return DecisionData(kind, "planner", FORCE_ID, "PC Planner", "", "b", START + timedelta(minutes=minutes))


def told(decisions, revisions):
    return [(entry.what, entry.by, entry.changed) for entry in history(decisions, revisions)]


def test_the_saves_of_an_hour_by_one_person_are_one_line_with_their_steps():
    rows = [
        saved(0, kind="drafted"),
        saved(1, "polygon"),
        saved(5, "place_name"),
        saved(40, "window", "sources"),
    ]
    (edited, first) = told([], rows)
    assert first[0] == "First draft"
    assert edited == (
        "Edited, saved 3 times",
        "PC Planner",
        "the steps “Place”, “Date and times” and “Sources of the pictures”",
    )


def test_one_save_says_what_it_changed():
    assert told([], [saved(1, "necessity")]) == [("Edited", "PC Planner", "necessity")]


def test_another_person_another_hour_a_decision_or_a_reason_begin_a_line_of_their_own():
    rows = [
        saved(0, "necessity"),
        saved(10, "criteria", by="PS Other", who=OTHER),
        saved(20, "necessity"),
        saved(90, "necessity"),
        saved(100, "necessity", reason="Asked for."),
        saved(110, "necessity"),
        saved(130, "necessity"),
    ]
    found = told([decided(120)], rows)
    assert [what for what, _, _ in found] == [
        "Edited",
        "Submitted for a decision",
        "Edited",
        "Edited",
        "Edited",
        "Edited",
        "Edited",
        "Edited",
    ]


def test_two_people_of_one_name_are_two_lines():
    rows = [saved(0, "necessity"), saved(10, "necessity", who=OTHER)]
    assert [what for what, _, _ in told([], rows)] == ["Edited", "Edited"]


def test_two_saves_of_one_step_name_one_step():
    rows = [saved(0, "necessity"), saved(10, "necessity")]
    assert told([], rows) == [("Edited, saved 2 times", "PC Planner", "the step “Necessity”")]


def test_a_save_never_hides_a_widening_that_ended_an_approval():
    rows = [saved(0, "necessity"), saved(1, "polygon", kind="widened"), saved(2, "necessity")]
    assert [what for what, _, _ in told([], rows)] == ["Edited", "Widened: the approval lapsed", "Edited"]
