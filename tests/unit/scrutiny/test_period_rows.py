"""Rows of a report over a time come out of their packs as they were put in."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.alerts.data import AlertSummary
from apps.scrutiny import period_rows
from apps.scrutiny.data import plain
from apps.scrutiny.period_rows import PackedRows, PeriodRow

instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
counts = st.integers(0, 10**6)
summaries = st.builds(
    AlertSummary,
    **{field.name: counts for field in fields(AlertSummary)} | {"deployment_id": st.uuids()},
)
rows = st.builds(
    PeriodRow,
    reference=st.text(max_size=12),
    place=st.text(max_size=12),
    date=instants.map(datetime.date),
    started_at=instants,
    ended_at=st.none() | instants,
    use_case=st.text(max_size=12),
    watchlist=counts,
    threshold=st.floats(-1, 1),
    tracks=st.none() | counts,
    alerts=summaries,
    notice=st.none() | st.timedeltas(timedelta(0), timedelta(days=400)),
    is_short=st.booleans(),
    blind_s=st.floats(0, 10**6),
    log_deleted=st.booleans(),
)


@pytest.fixture
def small_packs(monkeypatch):
    monkeypatch.setattr(period_rows, "PACK", 3)


def packed(found):
    kept = PackedRows()
    for row in found:
        kept.add(row)
    return kept


@pytest.mark.usefixtures("small_packs")
class TestPacked:
    @given(st.lists(rows, max_size=8))
    def test_the_same_rows_in_the_same_order_as_often_as_wanted(self, found):
        kept = packed(found)
        assert len(kept) == len(found)
        assert list(kept) == list(kept) == found
        assert list(kept.plain()) == [plain(row) for row in found]
        assert all(row in kept for row in found)

    def test_two_may_read_at_the_same_time(self):
        found = [row_named(str(n)) for n in range(7)]
        kept = packed(found)
        assert [pair for pair in zip(kept, kept, strict=True) if pair[0] != pair[1]] == []
        assert row_named("7") not in kept


def row_named(reference):
    summary = AlertSummary(
        **{field.name: 0 for field in fields(AlertSummary)} | {"deployment_id": UUID(int=1)}
    )
    start = datetime(2026, 12, 10, 10, tzinfo=UTC)
    return PeriodRow(
        *(reference, "Market Square", start.date(), start, None, "rehearsal", 5, 0.42, None, summary, None),
        is_short=False,
        blind_s=0.0,
    )
