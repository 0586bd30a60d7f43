from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.audit import api as audit
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.tenancy import current_force_id, force_context
from apps.core.text import prose_problems
from apps.forces import settings
from apps.forces.data import Difference, ForceData
from apps.forces.models import Force, ForceSettingsVersion
from apps.forces.queries import as_data, differences, values_of

MIN_REASON = 20
FIRST_VERSION = "The settings with which the force was onboarded."


def create_force(
    *,
    slug: str,
    name: str,
    now: datetime,
    contact_lines: tuple[str, ...] = (),
    active: bool = True,
    **given: Any,
) -> ForceData:
    """Onboard a force with its first version of the settings. Raises RuleViolated with everything that is
    wrong at once. One that is not `active` is nowhere public and holds no deployment until it is finished."""
    force = Force(
        id=uuid.uuid4(),
        slug=slug,
        name=name,
        created_at=now,
        active_at=now if active else None,
        contact_lines=list(contact_lines),
        **given,
    )
    if unseen := prose_problems([("name", name)]):
        raise RuleViolated(unseen)
    with force_context(force.id):
        _check_new(force, {"contact_lines": list(contact_lines), **given})
        force.save(force_insert=True)
        _write_version(force, changed_by="onboarding", reason=FIRST_VERSION, now=now)
        audit.record(
            actor=Actor.system(force_id=force.id, label="onboarding"),
            verb="force.created",
            object_type="force",
            object_id=force.id,
            payload={"slug": slug, "name": name},
            now=now,
        )
    return as_data(force)


def _check_new(force: Force, given: Mapping[str, Any]) -> None:
    problems = {key: list(reasons) for key, reasons in settings.problems(given).items()}
    try:
        force.full_clean(exclude=set(problems))
    except ValidationError as problem:
        problems |= problem.message_dict
    if problems:
        raise RuleViolated(f"{field}: {words}" for field, found in problems.items() for words in found)


def _write_version(force: Force, *, changed_by: str, reason: str, now: datetime) -> None:
    ForceSettingsVersion.objects.create(
        number=force.settings_version,
        values=values_of(force),
        changed_by=changed_by,
        reason=reason,
        at=now,
    )


def check_administrator(actor: Actor) -> None:
    """Raises NotPermitted."""
    if not actor.has(Role.FORCE_ADMIN) or actor.force_id != current_force_id():
        raise NotPermitted("Only an administrator of this force can do this.")


@transaction.atomic
def change_settings(
    *, changes: Mapping[str, Any], seen_version: int, reason: str, actor: Actor, now: datetime
) -> ForceData:
    """A new version of the settings of the actor's force. It binds deployments drafted from now on; one that
    is drafted already keeps the version of its draft.

    `seen_version` is the one that the administrator read. Raises NotPermitted, ReauthenticationNeeded, and
    RuleViolated with everything that is wrong, also when nothing changes or somebody else was faster.
    """
    check_administrator(actor)
    check_reauthenticated(actor)
    force = Force.objects.select_for_update().get(id=actor.force_id)
    _check_change(force, changes, seen_version=seen_version, reason=reason)
    return _change(force, changes, reason=reason, by=actor, now=now)


def preview_settings(
    *, changes: Mapping[str, Any], seen_version: int, reason: str, actor: Actor
) -> tuple[Difference, ...]:
    """What `change_settings` would change, refused where it would be. Writes nothing."""
    check_administrator(actor)
    force = Force.objects.get(id=actor.force_id)
    _check_change(force, changes, seen_version=seen_version, reason=reason)
    before = values_of(force)
    return differences(before, {**before, **_normal(changes)})


def _check_change(force: Force, changes: Mapping[str, Any], *, seen_version: int, reason: str) -> None:
    if force.settings_version != seen_version:
        raise RuleViolated(
            ["Somebody changed the settings after you opened this page. Read them as they are now."],
            code="changed_meanwhile",
        )
    reasons = [words for found in settings.problems(changes).values() for words in found]
    reasons += prose_problems([("Reason", reason)])
    if len(" ".join(reason.split())) < MIN_REASON:
        reasons.append(f"Give a reason of at least {MIN_REASON} characters. It is kept with the version.")
    if not reasons and {**values_of(force), **_normal(changes)} == values_of(force):
        raise RuleViolated(["There is nothing to save: nothing was changed."], code="nothing_changed")
    if reasons:
        raise RuleViolated(reasons, code="settings")


def _normal(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {key: settings.normal(settings.BY_KEY[key], value) for key, value in changes.items()}


def _change(force: Force, changes: Mapping[str, Any], *, reason: str, by: Actor, now: datetime) -> ForceData:
    before = values_of(force)
    for key, value in _normal(changes).items():
        setattr(force, key, value)
    after = values_of(force)
    force.settings_version += 1
    force.save()
    _write_version(force, changed_by=by.label, reason=reason.strip(), now=now)
    audit.record(
        actor=by,
        verb="force.settings_changed",
        object_type="force",
        object_id=force.id,
        payload={
            "version": force.settings_version,
            "changes": {
                each.key: {"from": before[each.key], "to": after[each.key]}
                for each in differences(before, after)
            },
        },
        now=now,
        reason=reason.strip(),
    )
    return as_data(force)


@transaction.atomic
def finish_force(*, changes: Mapping[str, Any], admin_label: str, now: datetime) -> ForceData:
    """The end of an onboarding, in the force's context: its settings, and it becomes a force like the others.

    Told by whoever has checked the onboarding link. Raises RuleViolated.
    """
    force = Force.objects.select_for_update().get(id=current_force_id())
    if force.active_at is not None:
        raise RuleViolated(["The onboarding of this force is finished already. Sign in."], code="finished")
    reasons = [words for found in settings.problems(changes).values() for words in found]
    if reasons:
        raise RuleViolated(reasons, code="settings")
    by = Actor.system(force_id=force.id, label=f"onboarding: {admin_label}")
    force.active_at = now
    force.save(update_fields=["active_at"])
    if {**values_of(force), **_normal(changes)} != values_of(force):
        _change(force, changes, reason="Entered at the onboarding.", by=by, now=now)
    audit.record(
        actor=by,
        verb="force.activated",
        object_type="force",
        object_id=force.id,
        payload={"settings_version": force.settings_version},
        now=now,
    )
    return as_data(force)
