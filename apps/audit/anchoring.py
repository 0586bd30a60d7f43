"""Taking an anchor: where the chain stands, signed, into a file outside the database and into a row.

The file first: a crash between the two leaves a line without a row, which the next anchor puts right. A row
without a line can only come from a line that was taken away.
"""

from __future__ import annotations

import base64
import dataclasses
from datetime import UTC, datetime, timedelta
from uuid import UUID

from apps.audit import anchor_file
from apps.audit.anchor_file import line_hash
from apps.audit.data import ANCHOR_GENESIS, Anchor
from apps.audit.models import AuditAnchor, AuditLink
from apps.audit.operations import lock_chain
from apps.audit.signing import Signer, signer
from apps.core.clock import utc_now
from apps.core.errors import DomainError
from apps.core.tenancy import force_context

ANCHOR_EVERY = timedelta(minutes=5)


class AnchorConflict(DomainError):
    """The chain is not the one that was anchored before: somebody changed it, or put an older one back."""

    code = "anchor_conflict"


def anchor_due(*, force_id: UUID) -> Anchor | None:
    """For the sweep: an anchor when the chain has grown and the last one is ANCHOR_EVERY old.

    By the real clock. Raises what `take_anchor` raises.
    """
    with force_context(force_id):
        newest = AuditAnchor.objects.order_by("-sequence").first()
        if newest is not None and utc_now() - newest.taken_at < ANCHOR_EVERY:
            return None
        if newest is None and not AuditLink.objects.exists() and not anchor_file.size(force_id):
            return None
    return take_anchor(force_id=force_id)


def take_anchor(*, force_id: UUID, by: Signer | None = None) -> Anchor | None:
    """Anchor the chain as it is committed now. None when it has not grown since the last anchor.

    Raises AnchorConflict when the last anchor of the file does not fit the chain: nothing is signed then.
    ImproperlyConfigured without a key, OSError when the file cannot be written.
    """
    with force_context(force_id):
        lock_chain(force_id)
        last = _last_of_file(force_id)
        if last is not None:
            _check_fits(last)
            _catch_up(last)
        link = AuditLink.objects.order_by("-position").first()
        if link is None or (last is not None and link.position == last.position):
            return None
        anchor = _signed(force_id, link, last, by or signer())
        anchor_file.append(force_id, anchor.line())
        _store(anchor)
        return anchor


def _last_of_file(force_id: UUID) -> Anchor | None:
    line = anchor_file.last(force_id)
    if not line:
        if AuditAnchor.objects.exists():
            raise AnchorConflict("The file of anchors is gone, or empty; the database still holds anchors.")
        return None
    try:
        return Anchor.parse(line)
    except ValueError as broken:
        raise AnchorConflict("The last line of the file of anchors cannot be read.") from broken


def _check_fits(last: Anchor) -> None:
    link = AuditLink.objects.filter(position=last.position).first()
    if link is None or bytes(link.link_hash).hex() != last.link_hash:
        raise AnchorConflict(
            f"The chain is not the one that was anchored on {last.taken_at} at link {last.position}."
            " Run verify_audit."
        )
    if AuditAnchor.objects.filter(sequence__gt=last.sequence).exists():
        raise AnchorConflict("The database holds later anchors than the file: a line was taken out.")


def _catch_up(last: Anchor) -> None:
    if not AuditAnchor.objects.filter(sequence=last.sequence).exists():
        _store(last)


def _signed(force_id: UUID, link: AuditLink, last: Anchor | None, by: Signer) -> Anchor:
    anchor = Anchor(
        force_id=str(force_id),
        sequence=last.sequence + 1 if last else 1,
        position=link.position,
        link_hash=bytes(link.link_hash).hex(),
        taken_at=utc_now().astimezone(UTC).isoformat(timespec="microseconds"),
        previous=line_hash(last.line()) if last else ANCHOR_GENESIS,
        key_id=by.key_id,
    )
    signature = base64.b64encode(by.sign(anchor.signed_bytes())).decode()
    return dataclasses.replace(anchor, signature=signature)


def _store(anchor: Anchor) -> None:
    AuditAnchor.objects.create(
        sequence=anchor.sequence,
        position=anchor.position,
        taken_at=datetime.fromisoformat(anchor.taken_at),
        line=anchor.line(),
    )


def is_signed(anchor: Anchor, by: Signer) -> bool:
    """Whether a key of ours signed exactly this."""
    try:
        signature = base64.b64decode(anchor.signature, validate=True)
    except ValueError:
        return False
    return by.verify(key_id=anchor.key_id, message=anchor.signed_bytes(), signature=signature)
