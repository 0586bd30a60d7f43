"""All of an instant together: each rule's line, and what may be said of them. No database, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from apps.core.wording import say_list, say_state
from apps.deployments.data import DeploymentState
from apps.scrutiny.lawful import course, of_authority, of_day, of_list
from apps.scrutiny.lawful.course import at_moment
from apps.scrutiny.lawful.data import Line, Moment, Records, Standing

NOT_A_VERDICT = (
    "This says what the platform wrote down and whether the rules that it checks were kept. Whether the use "
    "was lawful is for a court."
)


def rebuild(records: Records, at: datetime) -> Moment:
    """What was in force at `at`, by what is on record."""
    lines = tuple(_lines(records, at))
    impossible = tuple(_impossible(records, at))
    if impossible:
        lines = tuple(line if line.always else replace(line, standing=Standing.NOT_ASKED) for line in lines)
    return Moment(at, _conclusion(at, impossible, lines), impossible, lines)


def _lines(records: Records, at: datetime) -> Iterator[Line]:
    yield of_authority.authority(records, at)
    yield of_authority.approval(records, at)
    confirmation = of_authority.confirmation(records, at)
    if confirmation is not None:
        yield confirmation
    yield of_authority.conditions(records, at)
    yield of_authority.state(records, at)
    yield of_authority.window(records, at)
    yield of_day.place(records, at)
    yield of_day.cameras(records, at)
    yield of_list.model(records, at)
    yield of_list.the_list(records, at)
    yield of_list.status(records, at)
    yield of_day.checklist(records, at)
    yield from of_day.signs(records, at)
    yield of_day.staff(records, at)
    yield of_day.notice(records, at)
    yield of_day.notice_away(records, at)
    yield of_day.recognition(records, at)
    yield of_list.alerts(records, at)
    yield of_authority.settings(records, at)


def _impossible(records: Records, at: datetime) -> Iterator[str]:
    """Why no batch would have been searched then: what recognition itself asks for each (domain.md §2)."""
    state, _ = course.state_at(records, at)
    if state is None:
        if at < records.created_at:
            yield "there was no plan of it yet"
        return
    if state is not DeploymentState.LIVE:
        yield f"its state was “{say_state(state)}”"
    content = course.authority_at(records, at)
    if content is not None and at < content.window_start:
        yield "the authorised window had not begun"
    if content is not None and at >= content.window_end:
        yield "the authorised window was over"
    approval = course.approval_at(records, at)
    if state is not DeploymentState.LIVE or approval is None:
        return
    unconfirmed = approval.confirm_by is not None and approval.confirm_by <= at
    if unconfirmed and course.confirmed_at(records, approval, at) is None:
        yield "the urgent approval was not confirmed in time"


def _conclusion(at: datetime, impossible: tuple[str, ...], lines: tuple[Line, ...]) -> str:
    when = at_moment(at)
    broken = [line.title for line in lines if line.standing is Standing.NOT_KEPT]
    unknown = [line.title for line in lines if line.standing is Standing.NOT_RECORDED and not impossible]
    said = []
    if impossible:
        said.append(f"Recognition was impossible at {when}: {say_list(impossible)}.")
        if broken:
            said.append(f"The record contradicts that, or itself: {_titles(broken)}.")
    elif broken:
        said.append(
            f"At {when} not every rule that the platform checks was kept. Not kept: {_titles(broken)}."
        )
    elif unknown:
        said.append(f"Of the rules that the platform checks, none is on record as broken at {when}.")
    else:
        said.append(f"Every rule that the platform checks was kept at {when}.")
    if unknown:
        said.append(f"Of these the record does not tell: {_titles(unknown)}.")
    return " ".join(said)


def _titles(titles: list[str]) -> str:
    return "; ".join(title[:1].lower() + title[1:] for title in titles)
