"""A tamperer who owns the database and knows the format: every hash is made anew, no signature can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from apps.audit import api as audit
from apps.audit.anchor_file import path_of
from apps.audit.data import CONTENT, GENESIS, METADATA, content_digest, event_digest, link_hash
from apps.core.clock import utc_now
from apps.core.data import Actor
from apps.core.tenancy import force_context


def write_events(force: Any, count: int = 5, *, verb: str = "thing.done", now: Any = None) -> list[UUID]:
    actor = Actor(
        id=uuid4(),
        label="Insp Mary Stone",
        force_id=force.id,
        origin="10.0.0.9",
        rank="Insp",
    )
    with force_context(force.id):
        return [
            audit.record(
                actor=actor,
                verb=verb,
                object_type="thing",
                object_id=uuid4(),
                payload={"n": n, "share": 0.1, "large": 1e22, "name": "Zoë"},
                reason=f"because of {n}",
                now=now or utc_now(),
            )
            for n in range(count)
        ]


def chain(force: Any) -> int:
    return audit.chain_force(force_id=force.id, now=utc_now())


def problems(force: Any) -> str:
    return "\n".join(audit.verify(force_id=force.id, now=utc_now()).problems)


@dataclass
class Forger:
    """`order` lists event ids by position; every method works in one transaction of the owner."""

    owner: Any
    force: Any

    def order(self) -> list[UUID]:
        rows = self.owner.execute(
            "SELECT event_id FROM audit_auditlink WHERE force_id = %s ORDER BY position", [self.force.id]
        ).fetchall()
        return [event_id for (event_id,) in rows]

    def run(self, statement: str, *values: Any) -> int:
        with self.owner.transaction():
            return self.owner.execute(statement, values).rowcount

    def rewrite(self, order: list[UUID] | None = None) -> None:
        """Recompute the digest of every event and the whole chain, in this order."""
        order = order or self.order()
        with self.owner.transaction():
            self.owner.execute("DELETE FROM audit_auditlink WHERE force_id = %s", [self.force.id])
            previous = GENESIS
            for position, event_id in enumerate(order, start=1):
                digest = self._digest(event_id)
                current = link_hash(
                    force_id=self.force.id,
                    position=position,
                    previous=previous,
                    event_id=event_id,
                    digest=digest,
                )
                self.owner.execute(
                    "INSERT INTO audit_auditlink (id, force_id, position, event_id, previous_hash, link_hash,"
                    " linked_at) VALUES (%s, %s, %s, %s, %s, %s, now())",
                    [uuid4(), self.force.id, position, event_id, previous, current],
                )
                previous = current

    def _digest(self, event_id: UUID) -> bytes:
        names = (*METADATA, *CONTENT, "salt")
        row = self.owner.execute(
            f"SELECT {', '.join(names)} FROM audit_auditevent WHERE id = %s", [event_id]
        ).fetchone()
        found = dict(zip(names, row, strict=True))
        inside = content_digest(salt=found["salt"], content={name: found[name] for name in CONTENT})
        digest = event_digest(metadata={name: found[name] for name in METADATA}, content_sha256=inside)
        self.owner.execute(
            "UPDATE audit_auditevent SET content_digest = %s, digest = %s WHERE id = %s",
            [inside, digest, event_id],
        )
        return digest

    def copy_event(self, event_id: UUID) -> UUID:
        """An event that never was, made of another."""
        new = uuid4()
        with self.owner.transaction():
            self.owner.execute(
                "CREATE TEMP TABLE forged ON COMMIT DROP AS SELECT * FROM audit_auditevent WHERE id = %s",
                [event_id],
            )
            self.owner.execute("UPDATE forged SET id = %s, reason = 'never happened'", [new])
            self.owner.execute("INSERT INTO audit_auditevent SELECT * FROM forged")
        return new

    def cut_tail(self, keep: int) -> None:
        gone = self.order()[keep:]
        self.run("DELETE FROM audit_auditlink WHERE event_id = ANY(%s)", gone)
        self.run("DELETE FROM audit_auditevent WHERE id = ANY(%s)", gone)

    def delete_everything(self) -> None:
        for table in ("auditlink", "auditevent", "auditpending", "auditanchor"):
            self.run(f"DELETE FROM audit_{table} WHERE force_id = %s", self.force.id)

    def file_lines(self) -> list[str]:
        return path_of(self.force.id).read_text(encoding="utf-8").splitlines()

    def write_file(self, lines: list[str]) -> None:
        path_of(self.force.id).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
