"""Shows that a test fails without the protection it is for: `python -m tests.protections [--only words]`.

tests/protections.toml lists protections, each with the text that removes it. One at a time is removed in a
copy of the tree, and the named test has to fail there; in the untouched copy it has to pass.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
LISTED = CLONE / "tests" / "protections.toml"


@dataclass(frozen=True)
class Edit:
    """`old` occurs once in `file`; with `new` in its place the protection is gone."""

    file: str
    old: str
    new: str

    def made_in(self, text: str) -> str:
        """Raises ValueError unless `old` occurs exactly once."""
        if (count := text.count(self.old)) != 1:
            raise ValueError(f"{self.file}: {self.old!r} occurs {count} times, not once")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Protection:
    """`edits` are several where one protection stands behind another (`[[protection.also]]` in the list)."""

    threat: str
    edits: tuple[Edit, ...]
    test: str

    def removed_from(self, root: Path) -> dict[Path, str]:
        """The files without this protection. Raises ValueError when they cannot be made, or are no Python."""
        texts: dict[Path, str] = {}
        for edit in self.edits:
            path = root / edit.file
            text = texts[path] if path in texts else path.read_text(encoding="utf-8")
            texts[path] = edit.made_in(text)
        for path, text in texts.items():
            if path.suffix == ".py":
                _must_be_python(path, text)
        return texts


def _must_be_python(path: Path, text: str) -> None:
    try:
        ast.parse(text)
    except SyntaxError as problem:
        raise ValueError(f"{path.name} is no Python without the protection: {problem}") from problem


def listed(path: Path = LISTED) -> list[Protection]:
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("protection", [])
    return [_protection(row) for row in rows]


def _protection(row: dict) -> Protection:
    edits = [row, *row.get("also", [])]
    return Protection(
        threat=row["threat"],
        edits=tuple(Edit(file=edit["file"], old=edit["old"], new=edit["new"]) for edit in edits),
        test=row["test"],
    )


def names_a_test(name: str, root: Path = CLONE) -> bool:
    """Whether `file::test` or `file::Class::test`, with or without the id of a case, is there."""
    file, _, path = name.partition("::")
    steps = path.partition("[")[0].split("::")
    if not (root / file).is_file() or not all(steps):
        return False
    body: Sequence[ast.stmt] = ast.parse((root / file).read_text(encoding="utf-8")).body
    for step in steps:
        found = [
            node
            for node in body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == step
        ]
        if not found:
            return False
        body = found[-1].body
    return steps[-1].startswith("test")


@contextmanager
def copy_of_the_tree() -> Iterator[Path]:
    """What git knows and does not ignore, with servers of its own; nothing of it stays."""
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=CLONE,
        capture_output=True,
        check=True,
        text=True,
    )
    with tempfile.TemporaryDirectory(prefix="lfr-protections-") as folder:
        root = Path(folder) / "tree"
        for name in filter(None, listing.stdout.split("\0")):
            if (CLONE / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(CLONE / name, root / name)
        (root / ".venv").symlink_to(Path(sys.prefix))
        try:
            yield root
        finally:
            argv = [sys.executable, "-m", "lfrplatform.embedded", "clean", "--instance", "test"]
            subprocess.run(argv, cwd=root, env=environment(root), capture_output=True, check=False)


def environment(root: Path) -> dict[str, str]:
    """Ours without what points to this clone's servers."""
    dropped = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "LFR_TEST_GIVEN"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    photos = os.environ.get("LFR_PHOTOS_DIR") or str(CLONE / "var" / "cache" / "photos")
    return {
        **kept,
        "LFR_VAR_DIR": str(root / "var"),
        "LFR_PHOTOS_DIR": photos,
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def run(root: Path, tests: Sequence[str]) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider", "--no-header", *tests]
    return subprocess.run(
        argv, cwd=root, env=environment(root), capture_output=True, text=True, timeout=600, check=False
    )


def outcome_without(protection: Protection, root: Path) -> str:
    """Empty when the test failed as it has to; else what happened instead."""
    changed = protection.removed_from(root)
    kept = {path: path.read_text(encoding="utf-8") for path in changed}
    try:
        for path, text in changed.items():
            path.write_text(text, encoding="utf-8")
        done = run(root, [protection.test])
    finally:
        for path, text in kept.items():
            path.write_text(text, encoding="utf-8")
    if done.returncode == 0:
        return "the test still passes"
    # An error on the way to the test says nothing about the protection.
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    return "" if failed else f"the test broke instead of failing:\n{done.stdout[-1500:]}{done.stderr[-500:]}"


def show(protections: Sequence[Protection]) -> int:
    """Print a line for each; the number that did not do what they have to."""
    wrong = 0
    with copy_of_the_tree() as root:
        before = run(root, sorted({protection.test for protection in protections}))
        if before.returncode != 0:
            print(f"with every protection in place a test fails:\n{before.stdout[-4000:]}")
            return 1
        for protection in protections:
            began = time.monotonic()
            try:
                problem = outcome_without(protection, root)
            except ValueError as unclear:
                problem = str(unclear)
            wrong += bool(problem)
            word = f"NOT SHOWN: {problem}" if problem else "fails, as it has to"
            files = ", ".join(dict.fromkeys(edit.file for edit in protection.edits))
            print(f"{protection.threat} | {files} | {protection.test} | {word}", flush=True)
            print(f"  ({time.monotonic() - began:.1f} s)", file=sys.stderr)
    print(f"{len(protections) - wrong} of {len(protections)} protections shown", flush=True)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.protections", description=__doc__)
    parser.add_argument("--only", default="", help="those whose threat, file or test contains these words")
    words = parser.parse_args().only
    chosen = [
        protection
        for protection in listed()
        if any(words in text for text in (protection.threat, protection.test, protection.edits[0].file))
    ]
    if not chosen:
        parser.error("no protection is called that")
    return 1 if show(chosen) else 0


if __name__ == "__main__":
    sys.exit(main())
