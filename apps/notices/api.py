"""Public notices, for other apps."""

from apps.notices.alarm_mails import tell_of_alarm
from apps.notices.answers import publish_answer, renew_standing
from apps.notices.corrections import CORRECTS, correct_results, reason_problems
from apps.notices.groups import ToldGroup, ToldGroups, groups_by
from apps.notices.kept import kept_words
from apps.notices.operations import note_deletions, publish_due, publish_results, verify_public
from apps.notices.outages import of_deployment as outages_of
from apps.notices.outages import of_deployments as outages_of_each
from apps.notices.outages import to_watch
from apps.notices.outside import address
from apps.notices.public_files import announce_groups
from apps.notices.queries import (
    awaiting_verification,
    deletions_of,
    get_for_deployment,
    public_listing,
    public_notice,
    published_page,
)
from apps.notices.record import AlertCounts, public_record, rates_by
from apps.notices.record_page import differences
from apps.notices.results import say_pause
from apps.notices.simulated import forget_mails, looked_meanwhile
from apps.notices.versions import changes_of_each
from apps.notices.watching import look_at

__all__ = [
    "CORRECTS",
    "AlertCounts",
    "ToldGroup",
    "ToldGroups",
    "address",
    "announce_groups",
    "awaiting_verification",
    "changes_of_each",
    "correct_results",
    "deletions_of",
    "differences",
    "forget_mails",
    "get_for_deployment",
    "groups_by",
    "kept_words",
    "look_at",
    "looked_meanwhile",
    "note_deletions",
    "outages_of",
    "outages_of_each",
    "public_listing",
    "public_notice",
    "public_record",
    "publish_answer",
    "publish_due",
    "publish_results",
    "published_page",
    "rates_by",
    "reason_problems",
    "renew_standing",
    "say_pause",
    "tell_of_alarm",
    "to_watch",
    "verify_public",
]
