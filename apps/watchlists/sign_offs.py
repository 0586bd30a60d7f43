"""An authorising officer signs for one person of a special group, or refuses to (domain.md §4).

A signature is for the entry as it was read. It never comes from whoever made the list, and a list with
somebody nobody signed for is not sealed. Everything here needs an open force context.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from apps.core.data import Actor
from apps.core.errors import InvalidTransition, NotFound, NotPermitted, RuleViolated
from apps.watchlists import policies, special
from apps.watchlists.data import WatchlistState
from apps.watchlists.models import SignOff, Subject, Watchlist
from apps.watchlists.removing import take_off
from apps.watchlists.special import GROUP_WORDS, Group, unsigned_words
from apps.watchlists.steps import locked, record

SIGNED_FIELDS = (
    "reference",
    "display_name",
    "category",
    "offence",
    "legal_basis",
    "selected_by",
    "selected_reason",
    "date_of_birth",
    "disability",
    "special_reason",
    "approach_plan",
    "consent_reference",
    "expires_at",
)
SIGNED_OF_PICTURE = (
    "id",
    "source_system",
    "source_record",
    "captured_date",
    "custody_disposal",
    "template_sha256",
)
OTHER_ENTRY = "This entry is not the one you read: load the page again."
REFUSED_BY = "An authorising officer refused to sign for this person"
NOBODY_SIGNED = "No authorising officer signed for this person"
OWN_LIST = "Whoever imported the list does not sign for anybody on it."


@dataclass(frozen=True)
class SpecialEntry:
    """One person who needs a signature, without a face. `signed` is False while nobody signed for this very
    entry; `decided_by_label` is then empty, unless what was signed for is not what is listed now."""

    subject_id: UUID
    entry_sha256: str
    reference: str
    display_name: str
    date_of_birth: date | None
    category: str
    offence: str
    groups: tuple[Group, ...]
    special_reason: str
    approach_plan: str
    selected_by: str
    selected_reason: str
    pictures: int
    signed: bool
    decided_by_label: str
    decided_at: datetime | None
    reason: str
    removed_at: datetime | None

    @property
    def group_words(self) -> str:
        return ", ".join(GROUP_WORDS[group] for group in self.groups)

    @property
    def waits(self) -> bool:
        return self.removed_at is None and not self.signed


def _special(watchlist: Watchlist) -> QuerySet[Subject]:
    found = Subject.objects.filter(watchlist=watchlist).exclude(special_groups="")
    return found.select_related("sign_off").prefetch_related("pictures").order_by("reference", "id")


def _hash(subject: Subject) -> str:
    person = {name: str(getattr(subject, name)) for name in SIGNED_FIELDS}
    pictures = [[str(getattr(each, name)) for name in SIGNED_OF_PICTURE] for each in subject.pictures.all()]
    return special.entry_hash(person, pictures)


def _sign_off(subject: Subject) -> SignOff | None:
    return getattr(subject, "sign_off", None)


def _is_signed(subject: Subject) -> bool:
    signature = _sign_off(subject)
    return signature is not None and signature.granted and signature.entry_sha256 == _hash(subject)


def _entry(subject: Subject) -> SpecialEntry:
    signature = _sign_off(subject)
    return SpecialEntry(
        subject_id=subject.id,
        entry_sha256=_hash(subject),
        reference=subject.reference,
        display_name=subject.display_name,
        date_of_birth=subject.date_of_birth,
        category=subject.category,
        offence=subject.offence,
        groups=special.split(subject.special_groups),
        special_reason=subject.special_reason,
        approach_plan=subject.approach_plan,
        selected_by=subject.selected_by,
        selected_reason=subject.selected_reason,
        pictures=len(subject.pictures.all()),
        signed=_is_signed(subject),
        decided_by_label="" if signature is None else signature.decided_by_label,
        decided_at=None if signature is None else signature.decided_at,
        reason="" if signature is None else signature.reason,
        removed_at=subject.removed_at,
    )


@transaction.atomic
def special_entries(*, watchlist_id: UUID, actor: Actor, now: datetime) -> tuple[SpecialEntry, ...]:
    """Whom the list has of these groups, the removed ones too. The look is audited: they are names."""
    policies.check_compare(actor)
    watchlist = Watchlist.objects.filter(id=watchlist_id).first()
    if watchlist is None:
        raise NotFound("there is no such watchlist")
    entries = tuple(_entry(subject) for subject in _special(watchlist))
    if entries:
        record(watchlist, actor=actor, verb="watchlist.special_entries_viewed", now=now, entries=len(entries))
    return entries


def _held(watchlist_id: UUID) -> Watchlist:
    watchlist = locked(watchlist_id)
    if watchlist.state != WatchlistState.IMPORTED:
        raise InvalidTransition("Signatures are given between the import and the seal of a list.")
    return watchlist


def _to_sign(watchlist_id: UUID, subject_id: UUID, *, seen: str, actor: Actor) -> tuple[Watchlist, Subject]:
    """The list, locked, and whom the signature is for. Raises as `sign_for` does."""
    watchlist = _held(watchlist_id)
    if actor.id == watchlist.imported_by_id:
        raise NotPermitted(OWN_LIST, code="duties_separated")
    subject = _special(watchlist).filter(id=subject_id, removed_at__isnull=True).first()
    if subject is None:
        raise NotFound("this person is not on the list, or needs no signature")
    if _hash(subject) != seen:
        raise RuleViolated([OTHER_ENTRY], code="entry_differs")
    return watchlist, subject


@transaction.atomic
def sign_for(
    *,
    watchlist_id: UUID,
    subject_id: UUID,
    seen: str,
    granted: bool,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Sign for the entry whose hash was `seen`, or refuse: then the person is off the list at once.

    Raises NotPermitted for whoever imported the list, RuleViolated where the entry is another one now,
    NotFound for somebody who is not on it or needs no signature.
    """
    policies.check_sign(actor)
    if actor.id is None:
        raise NotPermitted("Only a person signs for a person.", code="not_a_person")
    if not reason.strip():
        raise RuleViolated(["A signature needs its reason."], code="reason_missing")
    watchlist, subject = _to_sign(watchlist_id, subject_id, seen=seen, actor=actor)
    SignOff.objects.update_or_create(
        subject=subject,
        defaults={
            "granted": granted,
            "entry_sha256": seen,
            "reason": reason.strip(),
            "decided_at": now,
            "decided_by_id": actor.id,
            "decided_by_label": actor.label,
        },
    )
    # The groups and the entry's hash, never who it is: the audit outlives the list.
    verb = "watchlist.person_signed_for" if granted else "watchlist.signature_refused"
    record(
        watchlist, actor=actor, verb=verb, now=now, reason=reason.strip(),
        groups=subject.special_groups, entry_sha256=seen,
    )  # fmt: skip
    if not granted:
        take_off(watchlist, subject, reason=REFUSED_BY, actor=actor, now=now)


@transaction.atomic
def leave_out_unsigned(*, watchlist_id: UUID, actor: Actor, now: datetime) -> int:
    """The planner seals without those whom nobody signed for: they are off the list, with their pictures."""
    policies.check_import(actor)
    watchlist = _held(watchlist_id)
    waiting = [each for each in _special(watchlist).filter(removed_at__isnull=True) if not _is_signed(each)]
    if not waiting:
        raise RuleViolated(["Nobody waits for a signature."], code="none_waits")
    for subject in waiting:
        take_off(watchlist, subject, reason=NOBODY_SIGNED, actor=actor, now=now)
    record(watchlist, actor=actor, verb="watchlist.unsigned_left_out", now=now, people=len(waiting))
    return len(waiting)


def counted_for_seal(watchlist: Watchlist, *, now: datetime) -> dict[str, int]:
    """How many people of each group are on the list, all of them signed for as they are listed now.

    Asked from the entries themselves, whatever was noted of them at the import. Raises RuleViolated.
    """
    unsigned, counts = 0, Counter[str]()
    listed = Subject.objects.filter(watchlist=watchlist, removed_at__isnull=True)
    for subject in listed.select_related("sign_off").prefetch_related("pictures").iterator(chunk_size=2_000):
        groups = policies.groups_of(subject, watchlist.imported_at)
        if groups or subject.special_groups:
            unsigned += not _is_signed(subject)
            counts.update(str(group) for group in groups)
    if unsigned:
        raise RuleViolated(unsigned_words(unsigned), code="unsigned")
    return dict(counts)
