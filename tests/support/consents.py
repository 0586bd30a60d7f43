"""Consents of the Blue List for tests in which consent is not the question: everybody agreed, for long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from django.db import connection

from apps.core.tenancy import force_context
from apps.watchlists.agreed import ConsentTerm, GivenHow
from apps.watchlists.consents import ends_at, folded
from apps.watchlists.models import Consent

# Everybody whom some test lists, by their references.
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LISTED = (
    *(f"TS-{letter}" for letter in LETTERS),
    *(f"TS-{number}" for number in range(60)),
    *(f"TS-{number:03}" for number in range(2, 60)),
    *(f"TS-{word}" for word in ("ONE", "TWO", "TURNED", "GOOD")),
)
SINCE, UNTIL = date(2020, 1, 1), date(2099, 12, 31)


class EverybodyAgrees(Mapping[str, ConsentTerm]):
    """For criteria that are made by hand."""

    term = ConsentTerm(datetime(2020, 1, 1, tzinfo=UTC), ends_at(UNTIL))

    def __getitem__(self, reference: str) -> ConsentTerm:
        return self.term

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


AGREED = EverybodyAgrees()


def agree(force_id: UUID, *references: str) -> None:
    """As rows, in one statement: how a consent is recorded is tested where that is the question."""
    with force_context(force_id):
        Consent.objects.bulk_create(
            Consent(
                reference=reference,
                folded=folded(reference),
                member_id=uuid4(),
                member_label="PC Volunteer",
                begins_on=SINCE,
                ends_on=UNTIL,
                ends_at=ends_at(UNTIL),
                wording_version="1",
                given_how=GivenHow.PAPER.value,
                recorded_at=datetime(2020, 1, 1, tzinfo=UTC),
                recorded_by_id=uuid4(),
                recorded_by_label="Test administrator",
            )
            for reference in references
        )


def everybody_agrees(force_id: UUID) -> None:
    """A consent like the one that is there, for each of `LISTED`, by one statement of the database."""
    columns = [field.column for field in Consent._meta.local_concrete_fields]
    fresh = {"id": "gen_random_uuid()", "reference": "name", "folded": "lower(name)"}
    with force_context(force_id), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Consent._meta.db_table} ({', '.join(columns)})"
            f" SELECT {', '.join(fresh.get(column, column) for column in columns)}"
            f" FROM (SELECT * FROM {Consent._meta.db_table} LIMIT 1) AS one, unnest(%s::text[]) AS name",
            [[f"CONSENT-{reference}" for reference in LISTED]],
        )
