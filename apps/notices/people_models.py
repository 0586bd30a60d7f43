"""Rows about how the public pages stayed up, and about the people who are told of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.core.models import TenantModel

PROBLEM_LENGTH = 200


class NoticeOutage(TenantModel):
    """A time in which the public page was not there for a stranger, or in which nobody looked.

    `stopped_s` is how many seconds of it the notice clock has been set back by. Written by the platform only.
    """

    notice = models.ForeignKey("notices.Notice", on_delete=models.PROTECT, related_name="outages")
    # False: nobody looked; the page may have been there.
    was_looked_at = models.BooleanField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=PROBLEM_LENGTH)
    stopped_s = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("began_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["notice"], condition=Q(ended_at__isnull=True), name="notices_one_outage_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("began_at")),
                name="notices_outage_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.problem} from {self.began_at:%Y-%m-%d %H:%M}"


class Subscription(TenantModel):
    """Somebody who asked to be told of a force's notices: an address, and what the mails are to be."""

    email = models.EmailField()
    asked_at = models.DateTimeField()
    # Null until the link in the first mail was used: until then nothing but that mail is sent.
    confirmed_at = models.DateTimeField(null=True)
    # Names out of the force's own list; empty: its whole area. What was confirmed, not what was asked for.
    districts = models.JSONField(default=list)
    language = models.CharField(max_length=10, default="en")
    # How often a mail with a link to confirm was sent in two days, so that strangers fill nobody's mailbox.
    asked_times = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["force_id", "email"], name="notices_subscribed_once")]

    def __str__(self) -> str:
        return f"subscription of {self.asked_at:%Y-%m-%d}"


class Reminder(TenantModel):
    """That people were told by mail of one deadline of a deployment: once, however many sweeps there are."""

    deployment_id = models.UUIDField()
    kind = models.CharField(max_length=30)
    due_at = models.DateTimeField()
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["force_id", "deployment_id", "kind", "due_at"], name="notices_reminded_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.due_at:%Y-%m-%d %H:%M}"


class OutgoingMail(TenantModel):
    """A mail that is to be sent: written with what it is about, deleted when the mail server has taken it.

    To a subscription; to somebody who works for the force (`user_id`, of a deadline); or, without either, to
    the force's oversight body.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, null=True, related_name="mails")
    notice = models.ForeignKey("notices.Notice", on_delete=models.PROTECT, null=True, related_name="mails")
    kind = models.CharField(max_length=20)
    # Of a mail that asks for a confirmation: the districts and the language that were asked for.
    wish = models.JSONField(default=dict)
    user_id = models.UUIDField(null=True)
    reminder = models.ForeignKey(
        "notices.Reminder", on_delete=models.CASCADE, null=True, related_name="mails"
    )
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("created_at",)

    def __str__(self) -> str:
        return f"mail {self.kind} of {self.created_at:%Y-%m-%d %H:%M}"
