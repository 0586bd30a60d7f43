"""What stands for a person where names are withheld: one code for a person in a force, in every place.

Keyed with the platform's secret, so that nobody works it out from the id of an account, and different in
every force, so that two oversight bodies cannot find the same person. Another secret gives other codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from uuid import UUID

from django.db import connection
from django.utils.crypto import salted_hmac

from apps.core.tenancy import current_force_id

LENGTH = 8
# The kind of thing that an event is about when it is about a person.
PERSON = "user"
PSEUDONYM = re.compile(rf"(?:P-?)?([0-9A-F]{{{LENGTH}}})", re.IGNORECASE)
# Everybody who ever did something, one step through an index each instead of a look at every event.
ACTORS = """
    WITH RECURSIVE actors AS (
        (SELECT actor_id FROM audit_auditevent WHERE force_id = %(force)s AND actor_id IS NOT NULL
         ORDER BY actor_id LIMIT 1)
        UNION ALL
        SELECT (SELECT e.actor_id FROM audit_auditevent e WHERE e.force_id = %(force)s
                AND e.actor_id > actors.actor_id ORDER BY e.actor_id LIMIT 1)
        FROM actors WHERE actors.actor_id IS NOT NULL
    )
    SELECT actor_id FROM actors WHERE actor_id IS NOT NULL
"""
# Somebody who never did anything is only what others did it to.
OBJECTS = """
    SELECT DISTINCT object_id FROM audit_auditevent WHERE force_id = %(force)s AND object_type = %(person)s
"""


def pseudonym(person_id: UUID) -> str:
    """Short and stable in the open force: P- and eight digits of hexadecimal."""
    digest = salted_hmac("audit.pseudonym", f"{current_force_id()} {person_id}", algorithm="sha256")
    return f"P-{digest.hexdigest()[:LENGTH].upper()}"


def people_behind(code: str) -> list[UUID]:
    """Whose pseudonym `code` is in the open force, with or without its P-; empty for anything else."""
    asked = PSEUDONYM.fullmatch(code.strip())
    if asked is None:
        return []
    wanted = f"P-{asked[1].upper()}"
    return [person_id for person_id in _everybody() if pseudonym(person_id) == wanted]


def _everybody() -> Iterable[UUID]:
    with connection.cursor() as cursor:
        for question in (ACTORS, OBJECTS):
            cursor.execute(question, {"force": current_force_id(), "person": PERSON})
            yield from (row[0] for row in cursor.fetchall())
