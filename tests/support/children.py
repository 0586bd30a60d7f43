"""Which processes a process has started, read from /proc while its threads come and go."""

from __future__ import annotations

from pathlib import Path


def children_of(pid: int | str = "self") -> set[int]:
    """Empty for a process that is gone."""
    found: set[int] = set()
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found |= _started_by(task)
    except (FileNotFoundError, ProcessLookupError):
        return found
    return found


def _started_by(task: Path) -> set[int]:
    try:
        return {int(number) for number in (task / "children").read_text().split()}
    except (FileNotFoundError, ProcessLookupError):  # this thread has just ended
        return set()
