"""What keeps recognition from starting, each with what it is about: who mends it, and where, follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from apps.deployments.data import CheckKind, Duty


class About(StrEnum):
    """What has to change before a start."""

    WINDOW = "window"
    APPROVAL = "approval"
    NOTICE = "notice"
    CONFIRMATION = "confirmation"
    CONDITION = "condition"
    ASSESSMENT = "assessment"
    PLAN = "plan"
    LIST = "list"
    STATUS = "status"
    STAFFING = "staffing"
    CHECK = "check"
    SIGN = "sign"


@dataclass(frozen=True)
class Blocker:
    """One reason in a whole sentence. `item` is the item of the checklist that it is about, if any; `duty` is
    the duty that somebody has to take, where only that one will do.
    """

    words: str
    about: About
    item: CheckKind | None = None
    duty: Duty | None = None


def about(what: About, reasons: Iterable[str]) -> list[Blocker]:
    return [Blocker(words, what) for words in reasons]


def said(blockers: Iterable[Blocker]) -> list[str]:
    return [blocker.words for blocker in blockers]
