from django.utils.translation import gettext_noop as _

from apps.core import retention

PUBLIC = retention.PublicRow(
    _("The audit record: who did what in the system and when, without pictures or measurements"),
    retention.BY_SCHEDULE,
    setting="audit_years",
)


def register() -> None:
    for model in ("audit.AuditEvent", "audit.AuditLink", "audit.AuditPending", "audit.AuditAnchor"):
        retention.exempt(
            model,
            "The record itself: content is erased by the force's schedule (erase_due), the chain stays.",
            public=PUBLIC,
        )
    for model in ("core.DomainEvent", "core.EventHandling"):
        retention.exempt(model, "Ids and states only; they say nothing of a person or a decision.")
    retention.exempt("sessions.Session", "Signed-in sessions; they expire after 12 hours.")
    retention.exempt("contenttypes.ContentType", "Django's own list of models.")
    for model in ("auth.Permission", "auth.Group"):
        retention.exempt(model, "Django's own tables, unused: roles are granted per force.")
