"""docs/security/protections.md, made from tests/protections.toml: `python -m tests.protections_page`."""

from __future__ import annotations

from collections.abc import Sequence

from tests.protections import CLONE, Protection, listed

PAGE = CLONE / "docs" / "security" / "protections.md"
# By where it is taken away first; what is in no app stands last.
GROUPS = {
    "apps/accounts": "People and signing in",
    "apps/forces": "Forces and their settings",
    "apps/deployments": "Deployments",
    "apps/watchlists": "Watchlists",
    "apps/alerts": "Alerts and the console",
    "apps/live": "Live recognition",
    "apps/relays": "Relays and cameras",
    "apps/recognition": "Recognition and model packs",
    "apps/notices": "Public notices",
    "apps/scrutiny": "Records for scrutiny",
    "apps/casework": "Casework",
    "apps/integration": "API and webhooks",
    "apps/audit": "Audit",
    "apps/vault": "Keys",
    "apps/retention": "Deletion",
    "apps/ops": "Starts, sweeps and leaving",
    "apps/desk": "Home and board",
    "apps/core": "Tenants, requests and what all parts share",
}
ELSEWHERE = "Web server, settings, pages and scripts"
HEAD = """# Protections, removed one at a time

Made by `python -m tests.protections_page` from `tests/protections.toml`; a test compares the two.

`python -m tests.protections` copies the repository to a temporary folder, takes one protection away, and runs
the test that is named beside it. With the protection the test passes; without it the test has to *fail*, and
not merely break on the way. `--only words` runs those whose threat, file or test contains the words. What
exactly is taken away stands in the row of the same threat in `tests/protections.toml`. A test checks on every
build that each row still fits the code.

228 of the rows were run like this on 25 and 26 November 2026, on a machine with two cores that had other
work (24 minutes for 124 of them). Three were not shown at first: a function had moved to a later migration,
and two tests passed without their protection; they were corrected and shown. Rows added since are run by
whoever adds them.
"""
TABLE = "| Threat | Taken away in | The test that fails then |\n|---|---|---|\n"


def group_of(protection: Protection) -> str:
    where = "/".join(protection.edits[0].file.split("/")[:2])
    return GROUPS.get(where, ELSEWHERE)


def page(protections: Sequence[Protection] | None = None) -> str:
    rows: dict[str, list[str]] = {title: [] for title in (*GROUPS.values(), ELSEWHERE)}
    for protection in listed() if protections is None else protections:
        rows[group_of(protection)].append(_row(protection))
    tables = (f"\n## {title}\n\n{TABLE}{''.join(lines)}" for title, lines in rows.items() if lines)
    return HEAD + "".join(tables)


def _row(protection: Protection) -> str:
    files = ", ".join(dict.fromkeys(f"`{edit.file}`" for edit in protection.edits))
    test = protection.test.partition("[")[0].rpartition("/")[2]
    return f"| {protection.threat.replace('|', chr(92) + '|')} | {files} | `{test}` |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
