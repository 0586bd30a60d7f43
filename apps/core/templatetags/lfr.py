"""Template tags of every page: dates as people say them, states, form fields, buttons that say why not."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from datetime import datetime, timedelta
from typing import Any, Protocol

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core import wording
from apps.core.clock import utc_now
from apps.core.languages import page_language

register = template.Library()

register.filter("moment", wording.say_moment)
register.filter("day", wording.say_date)
register.filter("short_day", wording.say_short_date)
register.filter("time", wording.say_time)
register.filter("clock", wording.say_clock)
register.filter("state_words", wording.say_state)
register.filter("role_words", wording.say_role)
register.filter("hours", wording.say_hours)
register.filter("said", lambda things: wording.say_list([str(thing) for thing in things]))
register.filter("code_words", lambda code: str(code).replace("_", " ").capitalize())
register.simple_tag(wording.say_window, name="window")
register.simple_tag(page_language)


class ActionLike(Protocol):
    """An action of a person on a thing: whether to show it, and why it cannot be done now."""

    shown: bool
    reasons: tuple[str, ...]


@register.filter
def distance(instant: datetime, now: datetime | None = None) -> str:
    """ "in 3 days" or "5 hours ago", from `now` or the present."""
    return wording.say_distance(instant, now or utc_now())


@register.filter
def span(seconds: float) -> str:
    """A length of time in seconds, in words."""
    return wording.say_span(timedelta(seconds=seconds))


@register.filter
def duration(seconds: float) -> str:
    """How long something took, given in seconds: "3 hours 53 minutes"."""
    return wording.say_duration(timedelta(seconds=seconds))


@register.simple_tag
def state_tag(state: str) -> SafeString:
    """The state of a deployment as a coloured tag; the words say all that the colour says."""
    return format_html('<strong class="tag tag--{}">{}</strong>', state, wording.say_state(state))


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """The value of a key that is itself a variable; None when there is none."""
    return mapping.get(key)


@register.inclusion_tag("parts/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """A form field with label, hint, error and input. Groups of boxes get a fieldset."""
    widget = bound.field.widget
    described = [f"{bound.id_for_label or bound.auto_id}-hint"] if bound.help_text else []
    described += [f"{bound.id_for_label or bound.auto_id}-error"] if bound.errors else []
    attributes: dict[str, Any] = {}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    kind = "plain"
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        kind = "group"
    elif isinstance(widget, CheckboxInput):
        kind = "check"
    return {
        "field": bound,
        "kind": kind,
        "base_id": bound.id_for_label or bound.auto_id,
        "described": " ".join(described),
        "input": bound.as_widget(attrs=attributes) if kind != "group" else "",
    }


@register.inclusion_tag("parts/error_summary.html")
def error_summary(*forms: BaseForm) -> dict[str, Any]:
    """Everything that is wrong at once, each linked to where it is put right."""
    problems: list[tuple[str, str]] = []
    for form in forms:
        problems += [("main", str(error)) for error in form.non_field_errors()]
        for bound in form:
            target = bound.id_for_label or f"{bound.auto_id}_0"
            if isinstance(bound.field.widget, RadioSelect | CheckboxSelectMultiple):
                target = f"{bound.auto_id}_0"
            problems += [(target, str(error)) for error in bound.errors]
    return {"problems": problems}


@register.simple_tag
def error_prefix(*forms: BaseForm) -> str:
    """For the title: a screen reader reads it first."""
    return "Error: " if any(form.errors for form in forms) else ""


@register.inclusion_tag("parts/action.html")
def action_button(action: ActionLike | None, label: str, url: str, kind: str = "secondary") -> dict[str, Any]:
    """A link to where the step is taken; why it cannot be taken now; or nothing for whom it does not concern.

    `kind` is "primary", "secondary" or "stop".
    """
    return {"action": action, "label": label, "url": url, "kind": kind}


@register.inclusion_tag("parts/crumbs.html")
def crumbs(*pairs: str) -> dict[str, Any]:
    """`{% crumbs "Home" "/" "Deployments" url %}`: where this page lies, the nearest place last."""
    if len(pairs) % 2:
        raise template.TemplateSyntaxError("crumbs are pairs of words and an address")
    return {"crumbs": list(zip(pairs[::2], pairs[1::2], strict=True))}


@register.filter
def has_role(actor: Any, role: str) -> bool:
    """Whether somebody signed in holds one of these roles, separated by commas."""
    return actor is not None and bool({str(held) for held in actor.roles} & set(role.split(",")))


@register.filter
def plural(count: int | Iterable[Any], words: str) -> str:
    """`{{ 3|plural:"alert,alerts" }}` is "3 alerts"."""
    if not isinstance(count, int):
        count = len(count) if isinstance(count, Sized) else sum(1 for _ in count)
    one, many = words.split(",")
    return f"{count:,} {one if count == 1 else many}"
