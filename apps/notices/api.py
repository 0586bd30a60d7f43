"""Public notices, for other apps."""

from apps.notices.operations import publish_due, verify_public
from apps.notices.outside import address
from apps.notices.queries import awaiting_verification, get_for_deployment, public_notice, public_notices

__all__ = [
    "address",
    "awaiting_verification",
    "get_for_deployment",
    "public_notice",
    "public_notices",
    "publish_due",
    "verify_public",
]
