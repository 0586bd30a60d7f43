"""The people of a rehearsal: one account a role, so that separation of duties is real in the demo too."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from apps.accounts import api as accounts
from apps.accounts.data import UserData
from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.core.tenancy import force_context
from apps.core.wording import say_role
from apps.demo import codes


@dataclass(frozen=True, slots=True)
class Person:
    """One account. `password` is shown at the demo's start and stored nowhere else in the clear."""

    id: UUID
    username: str
    display_name: str
    password: str
    role: Role
    # Of the authenticator app that a person would have; the guide shows its codes.
    totp_secret: str


# (short name, rank, role). A second operator is needed for "unsure", a second administrator for roles that
# one alone cannot give.
CAST = (
    ("planner", "Inspector", Role.PLANNER),
    ("authoriser", "Superintendent", Role.AUTHORISING_OFFICER),
    ("urgent", "Inspector", Role.URGENT_AUTHORISING_OFFICER),
    ("commander", "Chief Inspector", Role.SILVER_COMMANDER),
    ("operator", "Staff", Role.OPERATOR),
    ("operator2", "Staff", Role.OPERATOR),
    ("engagement", "PC", Role.ENGAGEMENT_OFFICER),
    ("engineer", "Staff", Role.SYSTEM_ENGINEER),
    ("oversight", "", Role.OVERSIGHT),
    ("admin", "Staff", Role.FORCE_ADMIN),
    ("admin2", "Staff", Role.FORCE_ADMIN),
)
# Collar numbers of those who decide, invented: they stand on what they decide.
COLLAR_NUMBERS = {"authoriser": "2041", "urgent": "1187"}
UNTRAINED = (Role.OVERSIGHT, Role.FORCE_ADMIN)


# Short words that can be told apart when read aloud, for passwords that somebody types from a terminal.
WORDS = """
    acorn amber anchor apple autumn badge basil beacon birch bottle bridge butter cabin candle carrot
    castle cedar cherry clover cobalt copper coral cotton cricket daisy ember feather fennel fern ginger
    granite hammer harbour hazel honey island ivory jacket juniper kettle ladder lantern lemon linen
    magnet maple marble meadow mustard needle nutmeg olive orchard paper pebble pepper pillow plum quartz
    raven river saddle saffron silver spruce summer thimble timber tulip velvet violet walnut willow winter
"""


ATTEMPTS = 5
TRAINED_FOR = timedelta(days=730)


def new_password() -> str:
    """Four random words: typed from the terminal, valid for as long as the demo runs on this machine."""
    return "-".join(secrets.choice(WORDS.split()) for _ in range(4))


def create_people(
    *, force_id: UUID, slug: str, now: datetime, names: Mapping[str, str] | None = None
) -> dict[str, Person]:
    """One account for each line of the cast, with its role granted in the force. Keyed by short name.

    `names` are the display names by short name; without them everybody is "Test" somebody.
    """
    people: dict[str, Person] = {}
    grantor = Actor.system(force_id=force_id, label="demo set-up")
    for name, rank, role in CAST:
        shown = names[name] if names else f"Test {name.capitalize()}"
        user, password = _create(f"{name}@{slug}.example", shown, rank, now)
        with force_context(force_id):
            accounts.grant_role(user_id=user.id, role=role, actor=grantor, now=now)
            if role not in UNTRAINED:
                _certify(user.id, role, grantor, now)
            if name in COLLAR_NUMBERS:
                accounts.record_collar_number(
                    user_id=user.id,
                    number=COLLAR_NUMBERS[name],
                    reason="Invented for the demonstration",
                    actor=grantor,
                    now=now,
                )
        secret = codes.give_app(user.id)
        people[name] = Person(user.id, user.username, user.display_name, password, role, secret)
    return people


def _certify(user_id: UUID, role: Role, grantor: Actor, now: datetime) -> None:
    """Trained two years ago, for the deployments of the history too, and for two more."""
    accounts.record_certificate(
        user_id=user_id,
        role=role,
        course=f"LFR course for the {say_role(role)} (invented)",
        issued_date=(now - TRAINED_FOR).date(),
        expires_date=(now + TRAINED_FOR).date(),
        actor=grantor,
        now=now,
    )


def _create(username: str, display_name: str, rank: str, now: datetime) -> tuple[UserData, str]:
    """An account and its password. Random words now and then resemble the address, which is refused."""
    for left in reversed(range(ATTEMPTS)):
        password = new_password()
        try:
            user = accounts.create_user(
                username=username, display_name=display_name, password=password, rank=rank, now=now
            )
        except RuleViolated:
            if not left:
                raise
        else:
            return user, password
    raise AssertionError("the last attempt returns or raises")


def actor(person: Person, force_id: UUID) -> Actor:
    """The person acting in the open force context."""
    # The rehearsal stands in for the person at the keyboard, who would have confirmed who they are.
    return accounts.actor_for(user_id=person.id, force_id=force_id, origin="rehearsal", reauthenticated=True)
