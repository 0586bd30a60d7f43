"""Issuing the written authority as a file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.audit import api as audit
from apps.core.data import Actor
from apps.deployments.assessment_models import AuthorityDocument
from apps.deployments.documents.document import document_of, render
from apps.forces.data import ForceData


@dataclass(frozen=True)
class IssuedDocument:
    name: str
    content: bytes


@transaction.atomic
def issue_document(*, deployment_id: UUID, force: ForceData, actor: Actor, now: datetime) -> IssuedDocument:
    """The PDF. Of an approved authority the file's own hash is kept, so that a changed page is found out.

    Of a text without an approval nothing is kept. Raises NotFound.
    """
    document = document_of(deployment_id=deployment_id, force=force)
    content = render(document)
    deployment = document.deployment
    if document.approval is not None:
        file_sha256 = hashlib.sha256(content).hexdigest()
        _, is_new = AuthorityDocument.objects.get_or_create(
            deployment_id=deployment_id,
            file_sha256=file_sha256,
            defaults={
                "content_hash": deployment.authority_hash,
                "issued_to_id": actor.id,
                "issued_to": actor.label,
                "issued_at": now,
            },
        )
        if is_new:
            audit.record(
                actor=actor,
                verb="deployment.document_issued",
                object_type="deployment",
                object_id=deployment_id,
                payload={"reference": deployment.reference, "file_sha256": file_sha256},
                now=now,
            )
    return IssuedDocument(f"authority-{deployment.reference.lower()}.pdf", content)
