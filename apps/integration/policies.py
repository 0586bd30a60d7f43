"""Who makes a token and what one may be; whether a caller stands where the token may be used from."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.tenancy import current_force_id
from apps.core.text import prose_problems
from apps.core.wording import say_role
from apps.integration.data import MAX_LIFE, ROLES, Scope, TokenWish

ADMINISTRATORS = frozenset({Role.FORCE_ADMIN})
MIN_REASON = 5
MOST_NETWORKS = 20


def check_administer(actor: Actor) -> None:
    """Raises NotPermitted: tokens are the business of the force's administrator."""
    if actor.force_id != current_force_id() or not actor.has(*ADMINISTRATORS):
        raise NotPermitted("Only the force's administrator makes and revokes tokens.")


def check_reason(reason: str) -> None:
    """Raises RuleViolated."""
    if len(reason.strip()) < MIN_REASON:
        raise RuleViolated([f"Write the reason, in {MIN_REASON} characters or more."], code="reason")


def check_wish(wish: TokenWish) -> None:
    """Raises RuleViolated with everything that is wrong at once."""
    reasons = []
    if not wish.name.strip():
        reasons.append("Give the token a name.")
    if not wish.scopes:
        reasons.append("Choose what the token is for.")
    if not 1 <= wish.days <= MAX_LIFE.days:
        reasons.append(f"A token is valid for 1 to {MAX_LIFE.days} days.")
    reasons += network_problems(wish.networks)
    reasons += prose_problems([("Name", wish.name), ("System", wish.service_name), ("Reason", wish.reason)])
    if len(wish.reason.strip()) < MIN_REASON:
        reasons.append(f"Write the reason, in {MIN_REASON} characters or more.")
    if reasons:
        raise RuleViolated(reasons, code="token")


def check_scopes(scopes: Collection[Scope], roles: Collection[Role]) -> None:
    """Raises RuleViolated for a scope in which a system with these roles could do nothing."""
    problems = scope_problems(scopes, roles)
    if problems:
        raise RuleViolated(problems, code="token")


def scope_problems(scopes: Collection[Scope], roles: Collection[Role]) -> list[str]:
    """Which scopes would give a system with these roles nothing, in words."""
    useless = sorted(scope for scope in scopes if not ROLES[scope].intersection(roles))
    held = " and ".join(say_role(role) for role in sorted(roles)) or "nobody"
    return [f"This system acts as {held}. The scope {scope} would give it nothing." for scope in useless]


def network_problems(networks: Collection[str]) -> list[str]:
    """What is wrong with a list of ranges, in words."""
    found = []
    if len(networks) > MOST_NETWORKS:
        found.append(f"Give at most {MOST_NETWORKS} networks.")
    for network in networks:
        try:
            read_network(network)
        except ValueError:
            found.append(f"{network} is not a network. Write it like 192.0.2.0/24 or 2001:db8::/32.")
    return found


def read_network(text: str) -> IPv4Network | IPv6Network:
    """Raises ValueError, also for an address that is not the first of its range: that is a slip."""
    return ip_network(text.strip())


def is_inside(address: str, networks: Collection[str]) -> bool:
    """Whether a caller at `address` is in one of `networks`. No networks: from anywhere."""
    if not networks:
        return True
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in read_network(network) for network in networks)
