"""Verifying a force's record: every event, every link, every anchor, in one pass and constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from apps.audit import anchor_file, reading
from apps.audit.anchor_file import line_hash
from apps.audit.anchoring import is_signed
from apps.audit.data import (
    ANCHOR_GENESIS,
    ERASED,
    GENESIS,
    MINIMUM_KEEP,
    Anchor,
    Progress,
    VerifyReport,
    content_digest,
    event_digest,
    link_hash,
)
from apps.audit.models import AuditAnchor, AuditEvent, AuditLink
from apps.audit.reading import ChainRow
from apps.audit.signing import Signer, signer
from apps.core.tenancy import force_context

# Stated in docs/explanation/architecture.md: for this long a committed event may stand outside the chain.
UNLINKED_GRACE = timedelta(seconds=60)
# And for this long a link may stand without an anchor before verification says so.
UNANCHORED_GRACE = timedelta(hours=1)
# Lines of the file that may be ahead of the database: one of a crash, one that is being taken.
AHEAD = 2
MAX_PROBLEMS = 50
EMPTY = {"actor_label": "", "origin": "", "reason": "", "payload": {}}


@dataclass
class Problems:
    """The first MAX_PROBLEMS in words, and how many there are."""

    words: list[str] = field(default_factory=list)
    found: int = 0

    def add(self, words: str) -> None:
        self.found += 1
        if len(self.words) < MAX_PROBLEMS:
            self.words.append(words)


def verify(
    *, force_id: UUID, now: datetime, progress: Callable[[Progress], None] | None = None
) -> VerifyReport:
    """Recompute every digest and link of one force and compare it with the anchors of the file.

    Finds a changed, removed, inserted, reordered or unlinked event, a chain that was cut, rewritten or
    deleted, and an anchor that was removed or forged. What is younger than the last anchor is only as safe as
    the database: `warnings` say when that is more than it should be.
    """
    problems = Problems()
    with force_context(force_id):
        trail = Trail(force_id, problems, signer())
        chain = Chain(force_id, problems, trail.anchors())
        total = reading.last_position()
        for row in reading.stream(force_id):
            chain.check(row)
            if progress is not None and chain.links % reading.CHUNK == 0:
                progress(Progress(chain.links, max(total, chain.links)))
        chain.finish()
        _unlinked(now, problems)
        events = AuditEvent.objects.count()
    return VerifyReport(
        force_id=force_id,
        events=events,
        links=chain.links,
        problems=tuple(problems.words),
        found=problems.found,
        warnings=chain.warnings(now),
        anchors=trail.count,
        erased=chain.erased,
        anchored_links=chain.anchored,
        last_anchor_at=trail.last_at,
    )


class Trail:
    """The anchors of one force: the lines of the file, each against the one before it, its signature and its
    row in the database. What the file has lost the database may still hold: that counts too."""

    def __init__(self, force_id: UUID, problems: Problems, by: Signer) -> None:
        self.force_id, self.problems, self.by = force_id, problems, by
        self.count, self.last_at = 0, ""
        # In this order: whatever stands in the database was in the file before.
        newest = AuditAnchor.objects.order_by("-sequence").first()
        self.in_database = newest.sequence if newest else 0
        self.bytes = anchor_file.size(force_id)

    def anchors(self) -> Iterator[Anchor]:
        """Every anchor that was really signed, by position."""
        stored = self._stored()
        row = next(stored, None)
        expected, previous, number = 1, ANCHOR_GENESIS, 0
        for number, line in enumerate(anchor_file.lines(self.force_id, up_to=self.bytes), start=1):
            anchor = self._read(number, line)
            if anchor is None:
                continue
            if anchor.sequence != expected or anchor.previous != previous:
                self.problems.add(f"anchor file, line {number}: a line before it was removed or changed")
            expected, previous = anchor.sequence + 1, line_hash(line)
            while row is not None and row.sequence < anchor.sequence:
                yield from self._only_in_database(row)
                row = next(stored, None)
            if row is not None and row.sequence == anchor.sequence:
                if row.line != line:
                    self.problems.add(f"anchor {anchor.sequence}: the file and the database differ")
                row = next(stored, None)
            elif anchor.sequence <= self.in_database:
                self.problems.add(f"anchor {anchor.sequence} is in the file and gone from the database")
            yield from self._signed(anchor)
        while row is not None:
            yield from self._only_in_database(row)
            row = next(stored, None)
        if expected - 1 - self.in_database > AHEAD:
            self.problems.add(
                f"the file holds {expected - 1} anchors, the database {self.in_database}: they were deleted"
            )

    def _stored(self) -> Iterator[AuditAnchor]:
        rows = AuditAnchor.objects.filter(sequence__lte=self.in_database).order_by("sequence")
        return iter(rows.iterator(chunk_size=reading.CHUNK))

    def _read(self, number: int, line: str) -> Anchor | None:
        try:
            anchor = Anchor.parse(line)
        except ValueError:
            self.problems.add(f"anchor file, line {number}: this is not an anchor")
            return None
        if anchor.force_id != str(self.force_id):
            self.problems.add(f"anchor file, line {number}: an anchor of another force")
            return None
        return anchor

    def _only_in_database(self, row: AuditAnchor) -> Iterator[Anchor]:
        self.problems.add(f"anchor {row.sequence} is in the database; its line was removed from the file")
        try:
            yield from self._signed(Anchor.parse(row.line))
        except ValueError:
            self.problems.add(f"anchor {row.sequence} of the database is not an anchor")

    def _signed(self, anchor: Anchor) -> Iterator[Anchor]:
        if not is_signed(anchor, self.by):
            self.problems.add(
                f"anchor {anchor.sequence}: its signature is forged, or by a key that is not ours"
            )
            return
        self.count, self.last_at = self.count + 1, anchor.taken_at
        yield anchor


class Chain:
    """The links of one force in their order, with the anchors beside them."""

    def __init__(self, force_id: UUID, problems: Problems, anchors: Iterator[Anchor]) -> None:
        self.force_id, self.problems, self.anchors = force_id, problems, anchors
        self.links, self.position, self.previous = 0, 0, GENESIS
        self.erased, self.anchored = 0, 0
        self.next_anchor = next(anchors, None)
        self.latest_erased: datetime | None = None
        self.may_be_erased_before: datetime | None = None
        self.first_unanchored: datetime | None = None

    def check(self, row: ChainRow) -> None:
        self.links += 1
        if row.position != self.position + 1:
            self.problems.add(f"link {self.position + 1} is missing: the chain goes on at {row.position}")
        digest = self._event(row)
        if row.previous_hash != self.previous:
            self.problems.add(f"link {row.position}: does not follow the link before it")
        right = link_hash(
            force_id=self.force_id,
            position=row.position,
            previous=self.previous,
            event_id=row.event_id,
            digest=digest,
        )
        if row.link_hash != right and row.metadata is not None:
            self.problems.add(f"link {row.position}: its hash is not that of its event")
        self.position, self.previous = row.position, row.link_hash
        self._anchors_at(row)

    def _event(self, row: ChainRow) -> bytes:
        """The digest that the stored event really has."""
        if row.metadata is None:
            self.problems.add(f"link {row.position}: its event {row.event_id} is gone")
            return b""
        if row.erased_at is None:
            inside = content_digest(salt=row.salt, content=row.content)
        else:
            inside = row.content_digest
            self._erased(row)
        digest = event_digest(metadata=row.metadata, content_sha256=inside)
        if digest != row.digest or inside != row.content_digest:
            self.problems.add(f"link {row.position}: event {row.event_id} was changed after it was recorded")
        elif row.metadata["verb"] == ERASED:
            self._allow(row)
        return digest

    def _erased(self, row: ChainRow) -> None:
        recorded: datetime = row.metadata["recorded_at"] if row.metadata else row.linked_at
        self.erased += 1
        if row.salt or row.content != EMPTY:
            self.problems.add(
                f"link {row.position}: event {row.event_id} is marked as erased and still has content"
            )
        if self.latest_erased is None or recorded > self.latest_erased:
            self.latest_erased = recorded

    def _allow(self, row: ChainRow) -> None:
        """An event that says what was erased: everything recorded before an instant, a year ago or more."""
        before = datetime.fromisoformat(row.content["payload"]["recorded_before"])
        recorded: datetime = row.metadata["recorded_at"] if row.metadata else row.linked_at
        if recorded - before < MINIMUM_KEEP - timedelta(minutes=5):
            self.problems.add(f"link {row.position}: content younger than a year was erased")
        if self.may_be_erased_before is None or before > self.may_be_erased_before:
            self.may_be_erased_before = before

    def _anchors_at(self, row: ChainRow) -> None:
        while self.next_anchor is not None and self.next_anchor.position <= row.position:
            anchor, self.next_anchor = self.next_anchor, next(self.anchors, None)
            if anchor.position < row.position:
                self.problems.add(f"anchor {anchor.sequence}: there is no link {anchor.position}")
            elif anchor.link_hash != row.link_hash.hex():
                self.problems.add(
                    f"link {row.position} is not the one that was anchored on {anchor.taken_at}:"
                    " the chain was rewritten"
                )
            else:
                self.anchored, self.first_unanchored = row.position, None
        if self.first_unanchored is None and self.anchored < row.position:
            self.first_unanchored = row.linked_at

    def finish(self) -> None:
        while self.next_anchor is not None:
            anchor, self.next_anchor = self.next_anchor, next(self.anchors, None)
            self.problems.add(
                f"the chain ends at link {self.position}, but {anchor.position} links were anchored on"
                f" {anchor.taken_at}: its end was removed"
            )
        gone, allowed = self.latest_erased, self.may_be_erased_before
        if gone is not None and (allowed is None or gone >= allowed):
            self.problems.add(
                f"an event recorded on {gone.isoformat()} was emptied, and no event of the record says so"
            )

    def warnings(self, now: datetime) -> tuple[str, ...]:
        since = self.first_unanchored
        if since is None or now - since < UNANCHORED_GRACE:
            return ()
        return (
            f"links {self.anchored + 1} to {self.position} have no anchor: nothing but the database speaks"
            " for them. Is the beat running?",
        )


def unlinked() -> QuerySet[AuditEvent]:
    """Committed events that the chainer has not linked. Needs a force context."""
    return AuditEvent.objects.filter(~Exists(AuditLink.objects.filter(event_id=OuterRef("id"))))


def _unlinked(now: datetime, problems: Problems) -> None:
    late = unlinked().filter(recorded_at__lt=now - UNLINKED_GRACE).values_list("id", flat=True)
    for event_id in late[:MAX_PROBLEMS]:
        problems.add(f"event {event_id} was never linked")
