"""How roles, duties, checks and states are said in the sentences of this app."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from apps.core.data import Role
from apps.core.wording import say_list, say_role
from apps.deployments.data import CheckKind, DeploymentState, Duty

VOWELS = frozenset("aeio")

DUTY_WORDS: Mapping[Duty, str] = MappingProxyType(
    {
        Duty.PLANNER: "planner",
        Duty.AUTHORISING: "authorising officer",
        Duty.SILVER: "silver commander",
        Duty.OPERATOR: "operator",
        Duty.ENGAGEMENT: "engagement officer",
        Duty.ENGINEER: "system engineer",
    }
)

CHECK_WORDS: Mapping[CheckKind, str] = MappingProxyType(
    {
        CheckKind.CAMERA_FOCUS: "the focus, angle and light of the cameras",
        CheckKind.ZONE_MARKED: "the marking of the zone of recognition",
        CheckKind.BLUE_LIST_PASS: "the Blue List walk",
        CheckKind.MODEL_MATCHES: "the model pack",
        CheckKind.WATCHLIST_MATCHES: "the sealed list",
        CheckKind.CLOCKS_IN_SYNC: "the clocks",
        CheckKind.SIGNAGE: "the signs before the zone on every approach",
        CheckKind.STAFFING: "the minimum staffing with current training",
    }
)

# For lists of what is open.
CHECK_SHORT: Mapping[CheckKind, str] = MappingProxyType(
    {
        CheckKind.CAMERA_FOCUS: "camera focus",
        CheckKind.ZONE_MARKED: "the zone",
        CheckKind.BLUE_LIST_PASS: "the Blue List walk",
        CheckKind.CLOCKS_IN_SYNC: "the clocks",
        CheckKind.SIGNAGE: "the signs",
        CheckKind.STAFFING: "the staffing",
    }
)

# What the platform works out by itself: what it means when it does not hold, and who can do something.
COMPUTED_WORDS: Mapping[CheckKind, str] = MappingProxyType(
    {
        CheckKind.MODEL_MATCHES: "No list is sealed that was made with the model pack of the authority, or"
        " that pack may not run it.",
        CheckKind.WATCHLIST_MATCHES: "No list is sealed that an officer accepted.",
    }
)

IN_STATE: Mapping[DeploymentState, str] = MappingProxyType(
    {
        DeploymentState.DRAFT: "it is still a draft",
        DeploymentState.SUBMITTED: "it waits for an authorising officer to decide",
        DeploymentState.RETURNED: "it was returned to its planner",
        DeploymentState.REFUSED: "it was refused",
        DeploymentState.APPROVED: "it is approved and its notice is not out yet",
        DeploymentState.NOTICE_PUBLISHED: "its notice is out and its list is not sealed yet",
        DeploymentState.LIST_SEALED: "its list is sealed",
        DeploymentState.READY: "it is ready to start",
        DeploymentState.LIVE: "it is live",
        DeploymentState.SUSPENDED: "it is suspended",
        DeploymentState.ENDED: "it has ended",
        DeploymentState.REVIEWED: "it has been reviewed",
        DeploymentState.RESULTS_PUBLISHED: "its results are published",
        DeploymentState.CANCELLED: "it was cancelled",
        DeploymentState.EXPIRED: "it was not started in time",
        DeploymentState.REVOKED: "its approval was revoked",
    }
)


def one(words: str) -> str:
    """With its article: "a planner", "an operator"."""
    return f"{'an' if words[0].lower() in VOWELS else 'a'} {words}"


def one_of(words: Iterable[str]) -> str:
    """For instance "an authorising officer or a silver commander"."""
    return say_list([one(word) for word in sorted(words)]).replace(" and ", " or ")


def one_of_roles(roles: Iterable[Role]) -> str:
    """Whom to turn to: the platform itself is nobody to ask."""
    return one_of(say_role(role) for role in roles if role is not Role.SYSTEM) or "the platform itself"
