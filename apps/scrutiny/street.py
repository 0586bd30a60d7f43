"""The day on the street for the record: looks at signs, public-engagement log, silent cameras, lessons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from apps.alerts import api as alerts
from apps.deployments import api as deployments
from apps.scrutiny.data import CameraSilence, SignLook, Street
from apps.scrutiny.texts import reason_field


def street_texts(*, deployment_id: UUID) -> dict[str, str]:
    """Everything that somebody typed of it, by the field under which it is kept without names."""
    note = deployments.review_note(deployment_id=deployment_id)
    typed = [look.note for look in deployments.every_look(deployment_id=deployment_id)]
    typed += [entry.words for entry in deployments.engagement_log(deployment_id=deployment_id)]
    typed += [note.lessons, note.conditions] if note else []
    for condition in deployments.conditions(deployment_id=deployment_id):
        typed += [condition.text, condition.note]
    return {reason_field(text): text for text in typed if text}


def on_the_day(*, deployment_id: UUID, texts: Mapping[str, str]) -> dict[str, Any]:
    """What was written on the street, what officers did, and how people looked at alerts and decoys."""
    return {
        "street": street_of(deployment_id=deployment_id, texts=texts),
        "engaged": alerts.engagement_summary(deployment_id=deployment_id),
        "looking": alerts.looking(deployment_id=deployment_id),
    }


def street_of(*, deployment_id: UUID, texts: Mapping[str, str]) -> Street:
    """`texts` are the texts of the record as they may be read (queries.Readable)."""

    def told(text: str) -> str:
        return texts.get(reason_field(text), "") if text else ""

    note = deployments.review_note(deployment_id=deployment_id)
    return Street(
        signs=tuple(
            SignLook(look.approach, look.passed, look.recorded_at, told(look.note))
            for look in deployments.every_look(deployment_id=deployment_id)
        ),
        engagement=tuple(
            (entry.happened_at, deployments.engagement_words(entry.kind), told(entry.words))
            for entry in deployments.engagement_log(deployment_id=deployment_id)
        ),
        lessons=told(note.lessons) if note else "",
        conditions=told(note.conditions) if note else "",
        silences=tuple(
            CameraSilence(stop.camera_name, stop.stopped_at, stop.released_at)
            for stop in deployments.camera_stops(deployment_id=deployment_id)
        ),
    )
