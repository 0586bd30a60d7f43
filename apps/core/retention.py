"""The registry of retention rules (docs/domain.md §6): one table drives purge, notice and report.

Apps register their rules from `AppConfig.ready`. A model with neither a rule nor a written exemption fails
the build. Rules are called inside a force context.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_noop as _


@dataclass(frozen=True, slots=True)
class PurgeResult:
    """What one purge of one data class did for one subject (usually a deployment)."""

    data_class: str
    subject_id: UUID
    counts: dict[str, int]
    due_at: datetime


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """`due_count` counts what is due at `now`; `purge` deletes it; `verify` looks again, after the purge has
    committed, and returns a problem for each thing that is still there. `title`, `kept` and `setting` as of a
    PublicRow. For the annex of an impact assessment: `counted_from`, `destroyed_how`, and `elsewhere`, where
    it stays after that and until when. `batched`: each call of `purge` deletes a part of what is due and
    returns nothing once nothing is left, so that years of a backlog are many transactions and not one."""

    data_class: str
    title: str
    kept: str
    source: str
    models: tuple[str, ...]
    due_count: Callable[[datetime], int]
    purge: Callable[[datetime], list[PurgeResult]]
    verify: Callable[[datetime], list[str]]
    verified_how: str = field(default="")
    counted_from: str = ""
    destroyed_how: str = ""
    elsewhere: str = ""
    setting: str = ""
    batched: bool = False

    @property
    def public(self) -> PublicRow:
        return PublicRow(self.title, self.kept, self.setting)

    def purge_all(self, now: datetime) -> list[PurgeResult]:
        """Everything that is due, in the transaction that is open: for whoever rolls it back."""
        found = done = self.purge(now)
        while self.batched and done:
            done = self.purge(now)
            found = [*found, *done]
        return found


@dataclass(frozen=True, slots=True)
class PublicRow:
    """A row of the retention table as the public reads it: what is kept, and for how long.

    `setting` is the force's setting whose number a notice puts at %(span)s in `kept`; its name ends with the
    unit ("audit_years"). Both texts are marked for translation where they are written.
    """

    title: str
    kept: str
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Exemption:
    """That `app_label.Model` has no purge job, why, and how the public table says it, if it does."""

    model: str
    reason: str
    public: PublicRow | None


# For what is kept without biometrics (domain.md §6).
BY_SCHEDULE = _("By the schedule of the force: %(span)s")

# Where else it stays after its deletion (docs/explanation/what-remains-after-deletion.md).
READABLE = "Readable in backups, database logs and replicas made before, until the force deletes those."
UNREADABLE = (
    "Encrypted, without its key, in backups, database logs and replicas made before, until the force deletes"
    " those."
)

_rules: dict[str, RetentionRule] = {}
_exemptions: dict[str, Exemption] = {}
_never_stored: list[PublicRow] = []
_kept_on: list[PublicRow] = []


def register(rule: RetentionRule) -> None:
    if rule.data_class in _rules:
        raise ValueError(f"two retention rules for {rule.data_class}")
    _rules[rule.data_class] = rule


def exempt(model_label: str, reason: str, *, public: PublicRow | None = None) -> None:
    """Declare that `app_label.Model` is kept without a purge job, and why.

    `public` is how the public table says it; several models may share one row of it. None is for what says
    nothing about anybody.
    """
    if not reason.strip():
        raise ValueError(f"the exemption of {model_label} needs a reason")
    _exemptions[model_label] = Exemption(model_label, reason, public)
    if public is not None and public not in _kept_on:
        _kept_on.append(public)


def never_stored(row: PublicRow) -> None:
    """Declare data that passes through memory only, so that no model, rule or exemption stands for it."""
    if row not in _never_stored:
        _never_stored.append(row)


def public_table() -> tuple[PublicRow, ...]:
    """Everything that the platform keeps, what is deleted first, in plain words for a notice."""
    purged = [rule.public for rule in rules()]
    return (*_never_stored, *purged, *_kept_on)


def rules() -> list[RetentionRule]:
    return [_rules[name] for name in sorted(_rules)]


def exemptions() -> list[Exemption]:
    return [_exemptions[label] for label in sorted(_exemptions)]


def in_memory_only() -> tuple[PublicRow, ...]:
    return tuple(_never_stored)


def covered_models() -> set[str]:
    """Every `app_label.Model` that has a rule or an exemption."""
    return set(_exemptions) | {label for rule in _rules.values() for label in rule.models}
