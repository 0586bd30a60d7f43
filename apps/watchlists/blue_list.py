"""The Blue List itself: who agreed to be on it, and their pictures, apart from every deployment's list.

Everything here needs an open force context. Withdrawing is in `consent.py`, and asks for no role here.
"""

from __future__ import annotations

import csv
import io
from dataclasses import fields
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from apps.accounts import api as accounts
from apps.audit import api as audit
from apps.core.clock import london
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.tenancy import current_force_id
from apps.core.text import unseen_characters
from apps.recognition import api as recognition
from apps.recognition.data import NotAPicture
from apps.recognition.engine.errors import EnrolmentRefused
from apps.recognition.engine.pictures import decode_upload, encode_jpeg
from apps.vault import api as vault
from apps.vault.data import BlobKind, KeyPurpose
from apps.watchlists import policies
from apps.watchlists.agreed import ConsentData, GivenHow, NewConsent
from apps.watchlists.consents import as_data, ends_at, folded, hold, terms_on, withdrawn_consents
from apps.watchlists.data import Category, EntryRow, UploadedList
from apps.watchlists.models import Consent

# The administrator, and who tests the system with the Blue List (domain.md §1). Neither is shown a face.
RECORDERS = (Role.FORCE_ADMIN, Role.SYSTEM_ENGINEER)
# Nobody is bound for longer by something that they once signed.
LONGEST_CONSENT = timedelta(days=731)
SOURCE = "Blue List"


def check_recorder(actor: Actor) -> UUID:
    """Who they are. Raises NotPermitted."""
    if actor.id is None or actor.force_id != current_force_id() or not actor.has(*RECORDERS):
        raise NotPermitted("Administrators and system engineers record consents of the Blue List.")
    return actor.id


def consent_list(*, actor: Actor, now: datetime) -> list[ConsentData]:
    """Every consent of the force. Raises NotPermitted."""
    check_recorder(actor)
    return [as_data(row, now) for row in Consent.objects.all()]


@transaction.atomic
def record_consent(*, new: NewConsent, actor: Actor, now: datetime) -> ConsentData:
    """Somebody agreed, and a colleague writes it down. Raises NotPermitted, and RuleViolated with everything
    that is wrong; a reference is used once, withdrawn or not, as long as that is on record."""
    recorder_id = check_recorder(actor)
    people = {person.id: person for person in accounts.staff()}
    reference = " ".join(new.reference.split())
    hold()
    reasons = _wrong_with(new, reference, known=new.member_id in people, now=now)
    if reasons:
        raise RuleViolated(reasons, code="consent")
    jpeg = None if new.picture is None else _without_metadata(new.picture)
    person = people[new.member_id]
    row = Consent(
        id=uuid4(), reference=reference, folded=folded(reference),
        member_id=person.id, member_label=f"{person.rank} {person.display_name}".strip(),
        begins_on=new.begins_on, ends_on=new.ends_on, ends_at=ends_at(new.ends_on),
        wording_version=" ".join(new.wording_version.split()), given_how=new.given_how, decoys=new.decoys,
        recorded_at=now, recorded_by_id=recorder_id, recorded_by_label=actor.label,
    )  # fmt: skip
    if jpeg is not None:
        row.captured_on = new.captured_on
        row.key_id = vault.create_key(purpose=KeyPurpose.CONSENT, owner_id=row.id, now=now)
        row.picture_blob_id = vault.store(key_id=row.key_id, kind=BlobKind.PICTURE, plaintext=jpeg, now=now)
    row.save(force_insert=True)
    audit.record(
        actor=actor, verb="watchlist.consent_recorded", object_type="consent", object_id=row.id,
        payload={"consent_reference": reference, "member_id": str(row.member_id),
                 "begins_on": row.begins_on.isoformat(), "ends_on": row.ends_on.isoformat(),
                 "wording_version": row.wording_version, "given_how": row.given_how, "decoys": row.decoys,
                 "pictures": int(jpeg is not None)},
        now=now,
    )  # fmt: skip
    return as_data(row, now)


def _wrong_with(new: NewConsent, reference: str, *, known: bool, now: datetime) -> list[str]:
    today = london(now).date()
    rules = (
        (not known, "Choose somebody of your force."),
        (not reference, "Enter the reference of the consent: where it is kept."),
        (not new.wording_version.strip(), "Enter the version of the wording that they agreed to."),
        (len(reference) > 64, "The reference has at most 64 characters."),
        (len(new.wording_version) > 40, "The version of the wording has at most 40 characters."),
        (
            bool(unseen_characters(reference + new.wording_version)),
            "The reference or the version has characters that nobody sees.",
        ),
        (new.given_how not in set(GivenHow), "Choose how the consent was given."),
        (new.ends_on < new.begins_on, "The last day is not before the first."),
        (new.ends_on < today, "The last day is over: nobody can be listed by this consent."),
        (
            new.ends_on - new.begins_on >= LONGEST_CONSENT,
            "A consent lasts two years at most. Ask again then.",
        ),
        (
            new.picture is not None and new.captured_on is None,
            "Enter when the picture was taken.",
        ),
        (new.captured_on is not None and new.captured_on > today, "The picture was taken in the future."),
        (
            Consent.objects.filter(folded=folded(reference)).exists()
            or folded(reference) in withdrawn_consents(),
            "This reference was used before. A new consent has a reference of its own.",
        ),
    )
    return [words for is_wrong, words in rules if is_wrong]


def _without_metadata(raw: bytes) -> bytes:
    """Upright, as JPEG, of one face: nobody else's is kept, who never agreed. Whether it is good enough to be
    compared is said where a list is imported."""
    try:
        faces = recognition.count_faces(raw)
        if faces != 1:
            shown = f"{faces} faces are in it" if faces else "no face was found in it"
            raise RuleViolated(
                [f"The picture cannot be used: {shown}. Send one that shows this person only."],
                code="picture",
            )
        return encode_jpeg(decode_upload(raw).image)
    except NotAPicture as refusal:
        raise RuleViolated([f"The picture cannot be used: {refusal}."], code="picture") from refusal
    except EnrolmentRefused as refusal:
        raise RuleViolated([f"The picture cannot be used: {refusal.message}."], code="picture") from refusal


@transaction.atomic
def stored_pictures(*, on: datetime, actor: Actor, now: datetime) -> UploadedList:
    """Everybody with a picture whose consent holds now and at `on`, as an upload for a list. Raises
    NotPermitted, and RuleViolated when there is nobody. Each use of the pictures is audited."""
    policies.check_import(actor)
    gone, terms = withdrawn_consents(), terms_on(on)
    rows = [
        row
        for row in Consent.objects.filter(picture_blob_id__isnull=False, withdrawn_at__isnull=True)
        if row.folded in terms and terms[row.folded].covers(now) and row.folded not in gone
    ]
    if not rows:
        raise RuleViolated(
            ["Nobody of the Blue List has a picture here and a consent that holds now and on that day."],
            code="nobody_agreed",
        )
    audit.record(
        actor=actor, verb="watchlist.blue_list_used", object_type="force", object_id=current_force_id(),
        payload={"consents": [row.reference for row in rows]}, now=now,
    )  # fmt: skip
    return UploadedList(
        csv=io.BytesIO(_csv([_entry(row, actor) for row in rows])),
        pictures=[(f"{row.id}.jpg", io.BytesIO(_picture(row.picture_blob_id))) for row in rows],
    )


def _picture(blob_id: UUID | None) -> bytes:
    if blob_id is None:
        raise AssertionError("rows without a picture were left out")
    return vault.read(blob_id=blob_id)


def _entry(row: Consent, actor: Actor) -> EntryRow:
    return EntryRow(
        reference=row.reference,
        display_name=row.member_label,
        category=Category.BLUE_LIST.value,
        offence="",
        legal_basis="consent",
        source_system=SOURCE,
        source_record=row.reference,
        captured_date=row.captured_on,
        lawfully_held=True,
        selected_by=actor.label,
        selected_reason=f"Agreed to be on the Blue List, by the wording {row.wording_version}",
        status_checked_at=None,
        date_of_birth=None,
        consent_reference=row.reference,
        picture_name=f"{row.id}.jpg",
    )


def _csv(rows: list[EntryRow]) -> bytes:
    names = [each.name for each in fields(EntryRow) if each.name != "line"]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=names)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(getattr(row, name)) for name in names})
    return out.getvalue().encode()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
