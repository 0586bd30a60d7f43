"""What the oversight body has attached to a notice: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from apps.core.wording import say_moment


@dataclass(frozen=True)
class Question:
    """`reply` is empty until the force has replied."""

    number: int
    text: str
    asked_at: datetime
    reply: str = ""
    replied_at: datetime | None = None


@dataclass(frozen=True)
class Attached:
    """`meeting_at` None: no meeting is announced. `webcast` is an https address or empty."""

    meeting_at: datetime | None = None
    meeting_place: str = ""
    webcast: str = ""
    questions: tuple[Question, ...] = ()

    @property
    def meeting(self) -> str:
        return f"{say_moment(self.meeting_at)}, {self.meeting_place}" if self.meeting_at else ""

    def snapshot(self) -> dict[str, Any]:
        """JSON values only."""
        found = asdict(self)
        found["meeting_at"] = self.meeting_at.isoformat() if self.meeting_at else None
        found["questions"] = [
            {
                **asdict(question),
                "asked_at": question.asked_at.isoformat(),
                "replied_at": question.replied_at.isoformat() if question.replied_at else None,
            }
            for question in self.questions
        ]
        return found

    @classmethod
    def from_snapshot(cls, values: Mapping[str, Any]) -> Attached:
        if not values:
            return cls()
        return cls(
            meeting_at=_instant(values["meeting_at"]),
            meeting_place=values["meeting_place"],
            webcast=values["webcast"],
            questions=tuple(
                Question(
                    **{
                        **question,
                        "asked_at": datetime.fromisoformat(question["asked_at"]),
                        "replied_at": _instant(question["replied_at"]),
                    }
                )
                for question in values["questions"]
            ),
        )


NOTHING_ATTACHED = Attached()


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
