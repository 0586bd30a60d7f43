"""Is this person still wanted? Asked of whoever knows, before the day and on it (domain.md §4).

A source is a file from the system that knows (`CsvStatus`), or that system itself (`HttpStatus`). What it
says is applied in `status_checks.py`; nothing here reads or writes the database.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from apps.core import outgoing
from apps.core.errors import RuleViolated
from apps.watchlists.reader import decoded

COLUMNS = ("reference", "status", "checked_at")
MOST_ROWS = 60_000
MAX_STATUS_BYTES = 10 * 1024 * 1024
ASKED_AT_ONCE = 500
# For a whole list. Less than `status_checks.AWAITED_FOR`, so that two never ask about one list at once.
ANSWERED_WITHIN_S = 120.0
SHOWN_PROBLEMS = 20


class Standing(StrEnum):
    """What is known of somebody. Whatever is not plainly "wanted" takes them off the list."""

    WANTED = "wanted"
    NOT_WANTED = "not_wanted"
    UNKNOWN = "unknown"


# As the file and the service write it.
WORDS: Mapping[str, Standing] = {
    "wanted": Standing.WANTED,
    "not wanted": Standing.NOT_WANTED,
    "not_wanted": Standing.NOT_WANTED,
    "no longer wanted": Standing.NOT_WANTED,
    "unknown": Standing.UNKNOWN,
}


@dataclass(frozen=True)
class Answer:
    """`checked_at`: when the system that knows looked, an aware instant."""

    reference: str
    standing: Standing
    checked_at: datetime


class StatusSource(Protocol):
    """Whoever can say whether somebody is still wanted."""

    @property
    def name(self) -> str:
        """For the record: "file" or "service"."""
        ...

    def ask(self, references: Sequence[str]) -> Mapping[str, Answer]:
        """An answer for each reference that the source knows, all of them or some; never for another one.

        Raises ServiceUnavailable when it gives no answer that can be believed: nothing of it counts then.
        """
        ...


@dataclass(frozen=True)
class CsvStatus:
    """A file of the system that knows: reference, status, checked_at. It may name some of the list only."""

    answers: Mapping[str, Answer]
    name: str = "file"

    def ask(self, references: Sequence[str]) -> Mapping[str, Answer]:
        wanted = set(references)
        return {reference: found for reference, found in self.answers.items() if reference in wanted}


def read_status_file(raw: bytes) -> CsvStatus:
    """Raises RuleViolated with what is wrong, by line: half a file is never believed."""
    if len(raw) > MAX_STATUS_BYTES:
        raise RuleViolated([f"The file is over {MAX_STATUS_BYTES // 1024**2} MB."], code="status_file")
    text = decoded(raw, "The file")
    first_line = text.partition("\n")[0]
    delimiter = ";" if ";" in first_line and "," not in first_line else ","
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    answers: dict[str, Answer] = {}
    problems: list[str] = []
    try:
        if tuple(cell.strip() for cell in next(reader, ())) != COLUMNS:
            raise RuleViolated([f"The first line of the file is: {','.join(COLUMNS)}"], code="status_file")
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            problem = _take(answers, cells)
            if problem:
                problems.append(f"Line {reader.line_num}: {problem}.")
            if len(problems) == SHOWN_PROBLEMS or len(answers) > MOST_ROWS:
                break
    except csv.Error as problem:
        problems.append(f"Line {reader.line_num}: {problem}.")
    if len(answers) > MOST_ROWS:
        problems.append(f"The file has more than {MOST_ROWS:,} people. Is it the right one?")
    if not answers and not problems:
        problems.append("The file names nobody.")
    if problems:
        raise RuleViolated(problems, code="status_file")
    return CsvStatus(answers)


def _take(answers: dict[str, Answer], cells: Sequence[str]) -> str:
    """Put one line with the answers; what is wrong with it otherwise."""
    if len(cells) != len(COLUMNS):
        return f"{len(COLUMNS)} cells are needed"
    reference, status, checked = (cell.strip() for cell in cells)
    try:
        answer = _answer(reference, status, checked)
    except ValueError as problem:
        return str(problem)
    if answers.setdefault(reference, answer) != answer:
        return f"{reference} is there twice, with two answers"
    return ""


def _answer(reference: object, status: object, checked: object) -> Answer:
    """Raises ValueError, without anything of a name in it."""
    if not isinstance(reference, str) or not reference:
        raise ValueError("the reference is missing")
    standing = WORDS.get(status.strip().casefold()) if isinstance(status, str) else None
    if standing is None:
        raise ValueError("the status is one of: wanted, not wanted, unknown")
    if not isinstance(checked, str):
        raise ValueError("checked_at is missing")
    try:
        at = datetime.fromisoformat(checked)
    except ValueError as problem:
        raise ValueError("checked_at is a time such as 2026-01-31T10:00+00:00") from problem
    if at.tzinfo is None:
        raise ValueError("checked_at has no offset from UTC")
    return Answer(reference, standing, at)


@dataclass(frozen=True)
class HttpStatus:
    """The system that knows, over HTTP: `{"references": [...]}` is answered by `{"people": [{"reference": …,
    "status": …, "checked_at": …}]}`, which names everybody who was asked about and nobody else."""

    url: str
    key: str
    name: str = "service"

    def __repr__(self) -> str:
        return "HttpStatus(…)"

    def ask(self, references: Sequence[str]) -> Mapping[str, Answer]:
        answers: dict[str, Answer] = {}
        until = time.monotonic() + ANSWERED_WITHIN_S
        for start in range(0, len(references), ASKED_AT_ONCE):
            if time.monotonic() >= until:
                raise outgoing.ServiceUnavailable("the service took too long to answer for the whole list")
            asked = list(references[start : start + ASKED_AT_ONCE])
            told = outgoing.ask_json(self.url, key=self.key, question={"references": asked})
            answers |= _believed(told, asked)
        return answers


def _believed(told: Any, asked: Sequence[str]) -> dict[str, Answer]:
    people = told.get("people") if isinstance(told, dict) else None
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        raise outgoing.ServiceUnavailable("the answer of the service is not of the agreed form")
    try:
        answers = [_answer(p.get("reference"), p.get("status"), p.get("checked_at")) for p in people]
    except ValueError as problem:
        raise outgoing.ServiceUnavailable(f"the answer of the service is not usable: {problem}") from problem
    found = {answer.reference: answer for answer in answers}
    if len(found) != len(answers) or found.keys() != set(asked):
        raise outgoing.ServiceUnavailable("the service did not answer for each person who was asked about")
    return found
