"""`python -m tests.faults [--times 3] [--only NAME …]`: every fault on a platform of its own, N times."""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

from lfrplatform.embedded.place import CLONE, locate
from tests.support.faultlab.lab import INSTANCE
from tests.support.faultlab.play import play, say, table, write


def forget_killed_runs() -> None:
    """What a run that was killed could not take away itself."""
    for folder in (CLONE / "var").glob("faults-*"):
        number = folder.name.removeprefix("faults-")
        if number.isdigit() and not Path("/proc", number).exists():
            shutil.rmtree(locate(INSTANCE, folder).base, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--times", type=int, default=1, help="how often in a row (default 1)")
    parser.add_argument("--only", nargs="*", default=(), help="names of faults; all when left out")
    parser.add_argument("--json", type=Path, help="write the outcomes there too")
    parser.add_argument(
        "--everywhere", action="store_true", help="search the machine's temporary folders for traces too"
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    forget_killed_runs()
    if options.times > 1:
        return in_a_row(options)
    folder = CLONE / "var" / f"faults-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    outcomes = play(folder, only=options.only, everywhere=options.everywhere)
    print(f"\n{table(outcomes)}\n", flush=True)
    if options.json:
        write(outcomes, options.json)
    failed = sum(bool(found.problems) for found in outcomes)
    say("passed" if not failed else f"{failed} failed")
    return 1 if failed else 0


def in_a_row(options: argparse.Namespace) -> int:
    """Each time in a process of its own: where the database is, Django reads once. `--json` gets a number."""
    passed = 0
    for number in range(1, options.times + 1):
        again = [sys.executable, "-m", "tests.faults"]
        again += ["--only", *options.only] if options.only else []
        again += ["--everywhere"] if options.everywhere else []
        if options.json:
            again += ["--json", str(options.json.with_stem(f"{options.json.stem}-{number}"))]
        passed += subprocess.run(again, check=False).returncode == 0
        say(f"time {number} of {options.times} is over: {passed} passed")
    return 0 if passed == options.times else 1


if __name__ == "__main__":
    sys.exit(main())
