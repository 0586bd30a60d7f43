"""THREAT_MODEL.md names tests that exist, for every threat, and the threats of tests/protections.toml."""

import re

from tests.protections import CLONE, names_a_test

TEXT = (CLONE / "THREAT_MODEL.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[^`]+::[^`]+)`")


def rows():
    """(threat, the row) of every table of threats."""
    inside = False
    for line in TEXT.splitlines():
        if line.startswith("| Threat |"):
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("|---"):
            yield line.split("|")[1].strip(), line


def test_every_test_that_is_named_exists():
    assert [name for name in NAMED.findall(TEXT) if not names_a_test(name)] == []


def test_every_threat_is_tried_by_a_test():
    threats = dict(rows())
    assert len(threats) > 40
    assert [threat for threat, row in threats.items() if not NAMED.search(row)] == []
