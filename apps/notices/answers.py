"""Questions and recommendations of the oversight body on the page of the force, once the body says so.

`apps/oversight` decides and records who published what; this is how it comes onto a public page. What was
public is not rewritten: only how a recommendation stands goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from apps.core.errors import NotFound
from apps.core.tenancy import current_force_id
from apps.notices import public_files
from apps.notices.answer_data import AnswerData, AnswerKind, Standing
from apps.notices.models import Notice, PublicAnswer
from apps.notices.wording import STANDING_WORDS


@transaction.atomic
def publish_answer(*, answer: AnswerData, deployment_id: UUID | None, now: datetime) -> None:
    """Put it onto the page of the open force, with the deployment's notice where that is public."""
    # The force is named although row-level security is on: published notices of others can be read.
    own = Notice.objects.filter(force_id=current_force_id(), published_at__isnull=False)
    notice = own.filter(deployment_id=deployment_id).first() if deployment_id else None
    PublicAnswer.objects.create(
        kind=answer.kind,
        number=answer.number,
        reference=notice.content["reference"] if notice else "",
        slug=notice.slug if notice else "",
        text=answer.text,
        reply=answer.reply,
        asked_at=answer.asked_at,
        replied_at=answer.replied_at,
        standing=answer.standing or "",
        published_at=now,
    )
    public_files.announce_force(current_force_id())


@transaction.atomic
def renew_standing(*, number: int, standing: Standing) -> None:
    """Of a recommendation that is on the page. Raises NotFound."""
    own = PublicAnswer.objects.filter(force_id=current_force_id(), kind=AnswerKind.RECOMMENDATION)
    if not own.filter(number=number).update(standing=standing):
        raise NotFound("this recommendation is not on the page")
    public_files.announce_force(current_force_id())


def of_force(force_id: UUID) -> tuple[AnswerData, ...]:
    """What is published of a force, for anybody, the latest first. One query."""
    return tuple(_data(PublicAnswer.objects.filter(force_id=force_id, published_at__isnull=False)))


def on_page(force_id: UUID) -> Mapping[str, Sequence[tuple[AnswerData, str]]]:
    """By kind, each with how it stands in the language that is spoken (empty for a question)."""
    found: dict[str, list[tuple[AnswerData, str]]] = {kind: [] for kind in AnswerKind}
    for answer in of_force(force_id):
        words = gettext(STANDING_WORDS[answer.standing]) if answer.standing else ""
        found[answer.kind].append((answer, words))
    return found


def _data(rows: Iterable[PublicAnswer]) -> Iterable[AnswerData]:
    for row in rows:
        yield AnswerData(
            kind=AnswerKind(row.kind),
            number=row.number,
            text=row.text,
            reply=row.reply,
            asked_at=row.asked_at,
            replied_at=row.replied_at,
            standing=Standing(row.standing) if row.standing else None,
            reference=row.reference,
            slug=row.slug,
        )
