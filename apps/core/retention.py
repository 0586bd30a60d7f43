"""The registry of retention rules (docs/domain.md §6): one table drives purge, notice and report.

Apps register their rules from `AppConfig.ready`. A model with neither a rule nor a written exemption fails
the build. Rules are called inside a force context.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


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
    committed, and returns a problem for each thing that is still there."""

    data_class: str
    title: str
    kept: str
    source: str
    models: tuple[str, ...]
    due_count: Callable[[datetime], int]
    purge: Callable[[datetime], list[PurgeResult]]
    verify: Callable[[datetime], list[str]]
    verified_how: str = field(default="")


_rules: dict[str, RetentionRule] = {}
_exemptions: dict[str, str] = {}


def register(rule: RetentionRule) -> None:
    if rule.data_class in _rules:
        raise ValueError(f"two retention rules for {rule.data_class}")
    _rules[rule.data_class] = rule


def exempt(model_label: str, reason: str) -> None:
    """Declare that `app_label.Model` is kept without a purge job, and why."""
    if not reason.strip():
        raise ValueError(f"the exemption of {model_label} needs a reason")
    _exemptions[model_label] = reason


def rules() -> list[RetentionRule]:
    return [_rules[name] for name in sorted(_rules)]


def exemptions() -> dict[str, str]:
    return dict(_exemptions)


def covered_models() -> set[str]:
    """Every `app_label.Model` that has a rule or an exemption."""
    return set(_exemptions) | {label for rule in _rules.values() for label in rule.models}
