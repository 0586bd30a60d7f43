"""A force with people who sign in by the pages."""

from __future__ import annotations

from uuid import uuid4

from django.test import Client

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.tenancy import force_context
from apps.forces import api as forces

PASSWORD = "seven purple otters dancing"


class Place:
    """A force and people in it."""

    def __init__(self, name="north"):
        slug = f"{name}-{uuid4().hex[:8]}"
        self.force = forces.create_force(slug=slug, name=f"{name} {slug[-8:]}", now=utc_now())
        self.system = Actor.system(force_id=self.force.id, label="test")

    def person(self, *roles: Role, user=None):
        user = user or accounts.create_user(
            username=f"{uuid4().hex[:12]}@force.example",
            display_name="Somebody",
            password=PASSWORD,
            now=utc_now(),
        )
        with force_context(self.force.id):
            for role in roles:
                accounts.grant_role(user_id=user.id, role=role, actor=self.system, now=utc_now())
        return user

    def actor(self, user, *, reauthenticated=True):
        with force_context(self.force.id):
            return accounts.actor_for(
                user_id=user.id, force_id=self.force.id, reauthenticated=reauthenticated
            )

    def within(self, function, **arguments):
        with force_context(self.force.id):
            return function(**arguments)

    def verbs(self, user):
        """What the record says of them, oldest first."""
        from apps.audit.models import AuditEvent

        with force_context(self.force.id):
            rows = AuditEvent.objects.filter(object_id=user.id).order_by("ordinal")
            return [(row.verb, row.payload) for row in rows if row.verb != "role.granted"]


def type_password(user, password=PASSWORD, client=None, **data):
    client = client or Client()
    return client, client.post("/sign-in/", {"username": user.username, "password": password, **data})
