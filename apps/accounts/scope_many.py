"""Who is behind many sessions at once, for a process with a thousand sockets: a few queries, not a few each.

Only the plain case is answered here. A session that is left out of an answer is not thereby over: whoever
asks goes on to `person_of_session` and `actor_for`, which decide and say why. So nothing here can let in
somebody whom those would refuse, as long as every condition of theirs is asked here too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, load_backend
from django.contrib.auth.backends import ModelBackend
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from apps.accounts import door, presence, sign_on_links
from apps.accounts.models import User
from apps.accounts.queries import active_grants, as_actor
from apps.core.data import Actor
from apps.core.tenancy import current_force_id
from apps.forces.api import get_force

# As in person_of_session: nobody is asked to sit still for less.
LEAST_IDLE_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a session is: by its row and its person's, read just now."""

    key: str
    user: User
    session: Mapping[str, Any]
    force_id: UUID


def holders_of_sessions(keys: Collection[str]) -> Mapping[UUID, list[Holder]]:
    """By force, the sessions that are certainly alive but for sitting still, which `actors_of` asks. Two
    queries, outside any force's context."""
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore
    rows = store.get_model_class().objects.filter(session_key__in=list(keys), expire_date__gt=timezone.now())
    sessions = {row.session_key: store().decode(row.session_data) for row in rows}
    people = {session.get(SESSION_KEY) for session in sessions.values()} - {None}
    users = {str(user.pk): user for user in User.objects.filter(pk__in=people)}
    found: defaultdict[UUID, list[Holder]] = defaultdict(list)
    for key, session in sessions.items():
        user, force_id = users.get(session.get(SESSION_KEY, "")), door.force_id_of_session(session)
        if user is not None and force_id is not None and _is_plainly_theirs(session, user):
            found[force_id].append(Holder(key, user, session, force_id))
    return found


def _is_plainly_theirs(session: Mapping[str, Any], user: User) -> bool:
    """What `get_user` and the door ask. A hash of an older secret is not the plain case."""
    path = session.get(BACKEND_SESSION_KEY)
    if path not in settings.AUTHENTICATION_BACKENDS:
        return False
    backend = load_backend(path)
    if not isinstance(backend, ModelBackend) or not backend.user_can_authenticate(user):
        return False
    if not constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        return False
    return door.used_second_factor(session, user)


def actors_of(holders: Collection[Holder]) -> Mapping[str, Actor]:
    """By session key: whoever has an active role in the open force, whose way in is open still, and who did
    not sit still for too long. At most eight queries, three where nobody came by a sign-on."""
    force_id = current_force_id()
    theirs = [holder for holder in holders if holder.force_id == force_id]
    if any(door.came_by_sign_on(holder.session) for holder in theirs):
        inside = sign_on_links.are_open({holder.key: (holder.session, holder.user) for holder in theirs})
        theirs = [holder for holder in theirs if holder.key in inside]
    awake = list(_awake(theirs, force_id))
    grants = defaultdict(list)
    people = {holder.user.pk for holder in awake}
    for grant in active_grants().filter(force_id=force_id, user_id__in=people).select_related("user"):
        grants[grant.user_id].append(grant)
    return {
        holder.key: as_actor(grants[holder.user.pk], force_id=force_id)
        for holder in awake
        if grants[holder.user.pk]
    }


def _awake(holders: Collection[Holder], force_id: UUID) -> Iterator[Holder]:
    quiet = []
    for holder in holders:
        if door.is_over(holder.session, idle_minutes=LEAST_IDLE_MINUTES, on_duty=lambda: False):
            quiet.append(holder)
        else:
            yield holder
    if not quiet:
        return
    minutes, on_duty = get_force(force_id=force_id).idle_minutes, presence.people_on_duty()
    for holder in quiet:
        present = holder.user.pk in on_duty
        if not door.is_over(holder.session, idle_minutes=minutes, on_duty=partial(bool, present)):
            yield holder
