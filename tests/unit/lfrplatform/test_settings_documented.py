"""Whoever runs the platform finds every setting in docs/reference/settings.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

CLONE = Path(__file__).resolve().parents[3]
PAGE = CLONE / "docs" / "reference" / "settings.md"
OURS = re.compile(r"LFR_[A-Z_]+|(DATABASE|REDIS)_[A-Z_]*URL")
# Set by the supervisor for the processes it starts, and read by nothing that a person starts.
WRITTEN_ONLY = {"LFR_EMBEDDED_HOME", "LFR_SUPERVISED"}


def modules() -> Iterator[ast.Module]:
    for folder in ("lfrplatform", "apps"):
        for path in sorted((CLONE / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if OURS.search(text):
                yield ast.parse(text)


def names_given(tree: ast.AST) -> dict[str, str]:
    """Constants of a module that hold a name of ours: OWNER = "DATABASE_OWNER_URL"."""
    found = {}
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        if isinstance(node, ast.Assign | ast.AnnAssign) and is_ours(value):
            found.update({target.id: value.value for target in targets if isinstance(target, ast.Name)})
    return found


def is_ours(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(OURS.fullmatch(node.value))


def is_environment(node: ast.AST) -> bool:
    """`env`, `Env(...)` and `os.environ`."""
    if isinstance(node, ast.Call):
        return is_environment(node.func)
    name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
    return name in {"env", "Env", "environ", "getenv"}


def asked(tree: ast.AST) -> Iterator[ast.AST]:
    """What stands as the name in `env.text("…")`, `os.environ.get(…)`, `os.environ[…]` and `os.getenv(…)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and is_environment(node.value):
            yield node.slice
        elif isinstance(node, ast.Call) and node.args:
            of = node.func.value if isinstance(node.func, ast.Attribute) else node.func
            if is_environment(of) or is_environment(node.func):
                yield node.args[0]


@cache
def read_from_environment() -> set[str]:
    trees = list(modules())
    constants: dict[str, str] = {}
    for tree in trees:
        constants |= names_given(tree)
    found = set()
    for tree in trees:
        for name in asked(tree):
            if is_ours(name):
                found.add(name.value)
            elif isinstance(name, ast.Name) and name.id in constants:
                found.add(constants[name.id])
    return found - WRITTEN_ONLY


def settings_of_profiles() -> set[str]:
    profiles = (CLONE / "lfrplatform" / "settings" / f"{name}.py" for name in ("base", "rates", "production"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in profiles)
    return set(re.findall(r"^(LFR_[A-Z_]+)\b.*=", text, re.M))


def documented() -> set[str]:
    return set(re.findall(r"`([A-Z][A-Z_]+)`", PAGE.read_text(encoding="utf-8")))


def test_what_is_read_from_the_environment_is_documented():
    read = read_from_environment()
    # By the typed helper, by os.environ, and by a constant that holds the name: all three are seen.
    assert {"LFR_SECRET_KEY", "LFR_PHOTOS_DIR", "LFR_RELAY_KEY", "DATABASE_OWNER_URL"} <= read
    assert read - documented() == set()


def test_every_setting_of_ours_is_documented():
    assert "LFR_API_REQUESTS_A_MINUTE" in settings_of_profiles()
    assert settings_of_profiles() - documented() == set()


def test_nothing_is_documented_that_is_not_there():
    ours = {name for name in documented() if OURS.fullmatch(name)}
    assert ours - read_from_environment() - settings_of_profiles() == set()
