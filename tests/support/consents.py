"""Consents of the Blue List for tests in which consent is not the question: everybody agreed, for long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from apps.core.tenancy import force_context
from apps.watchlists.agreed import ConsentTerm, GivenHow
from apps.watchlists.consents import ends_at, folded
from apps.watchlists.models import Consent

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
