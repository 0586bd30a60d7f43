"""Public notices, for other apps."""

from apps.notices.operations import note_deletions, publish_due, publish_results, verify_public
from apps.notices.outside import address
from apps.notices.queries import (
    awaiting_verification,
    deletions_of,
    get_for_deployment,
    public_listing,
    public_notice,
    published_page,
)
from apps.notices.results import say_pause

__all__ = [
    "address",
    "awaiting_verification",
    "deletions_of",
    "get_for_deployment",
    "note_deletions",
    "public_listing",
    "public_notice",
    "publish_due",
    "publish_results",
    "published_page",
    "say_pause",
    "verify_public",
]
