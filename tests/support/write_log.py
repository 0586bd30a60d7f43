"""Which transactions changed which tenant tables, noted by triggers of the owner in the test database: a
change whose transaction holds no audit event was made behind the record's back.

`pytest -p tests.support.write_log PATH` watches every test with real transactions in PATH.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

RECORD = "audit_auditevent"
# Changes that need no event of their own. Everything else must have one in the same transaction.
WITHOUT_EVENT = {
    "INSERT audit_auditpending": "the record itself",
    "DELETE audit_auditpending": "the record itself",
    "INSERT audit_auditlink": "the record itself",
    "INSERT audit_auditanchor": "the record itself",
    "UPDATE audit_auditevent": "erasing, which is recorded by an event of its own in the same transaction",
    "INSERT core_domainevent": "ids and states on their way to an upper app, which records what it does",
    "UPDATE core_domainevent": "that it was handled",
    "INSERT core_eventhandling": "that a handler has run",
    "UPDATE vault_vaultkey": "that the file of a key is gone whose destruction was recorded before",
    "UPDATE notices_notice": "when a look from outside last found the page as it should be",
    "INSERT relays_ingesttally": "counts of frames",
    "UPDATE relays_ingesttally": "counts of frames",
    "UPDATE relays_relay": "when a relay was last seen",
}
INSTALL = """
    CREATE TABLE lfrtest.writes (txid bigint, name text, op text, n bigint GENERATED ALWAYS AS IDENTITY);
    CREATE FUNCTION lfrtest.note_write() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog AS $$
    BEGIN
        INSERT INTO lfrtest.writes (txid, name, op) VALUES (pg_catalog.txid_current(), TG_TABLE_NAME, TG_OP);
        RETURN NULL;
    END $$;
    GRANT USAGE ON SCHEMA lfrtest TO lfr_app;
    DO $$ DECLARE t text; BEGIN
        FOR t IN SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND a.attname = 'force_id' AND NOT a.attisdropped
        LOOP
            EXECUTE format('CREATE TRIGGER lfrtest_write AFTER INSERT OR UPDATE OR DELETE ON %I'
                ' FOR EACH ROW EXECUTE FUNCTION lfrtest.note_write()', t);
        END LOOP;
    END $$;
"""
REMOVE = """
    DROP FUNCTION IF EXISTS lfrtest.note_write() CASCADE;
    DROP TABLE IF EXISTS lfrtest.writes;
"""


@dataclass
class WriteLog:
    owner: Any

    def unrecorded(self) -> list[str]:
        """`INSERT some_table, …` of each kind of transaction that changed something and recorded nothing."""
        rows = self.owner.execute(
            "SELECT DISTINCT string_agg(DISTINCT op || ' ' || name, ', ' ORDER BY op || ' ' || name)"
            " FROM lfrtest.writes WHERE txid NOT IN (SELECT txid FROM lfrtest.writes WHERE name = %s)"
            " AND NOT op || ' ' || name = ANY(%s) GROUP BY txid",
            [RECORD, list(WITHOUT_EVENT)],
        ).fetchall()
        return sorted(found for (found,) in rows)

    def written(self) -> set[str]:
        """Every table that was changed."""
        return {name for (name,) in self.owner.execute("SELECT DISTINCT name FROM lfrtest.writes").fetchall()}


@contextmanager
def watched(owner_url: str) -> Iterator[WriteLog]:
    """Tables are watched inside. Rows that a test makes without operations count too."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(REMOVE)
        owner.execute(INSTALL)
        try:
            yield WriteLog(owner)
        finally:
            owner.execute(REMOVE)


@pytest.fixture(autouse=True)
def _every_write_is_recorded(request: pytest.FixtureRequest) -> Iterator[None]:
    """Only where this module is loaded as a plugin."""
    if "real_db" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("real_db")
    with watched(request.getfixturevalue("services").worker_owner_url) as log:
        yield
        if found := log.unrecorded():
            with open(os.environ["LFR_WRITE_LOG"], "a", encoding="utf-8") as file:
                file.writelines(f"{request.node.nodeid}: {line}\n" for line in found)
