"""A field that was left empty is named by what is said of it: "This field is required" says nothing."""

from django import forms
from django.urls import get_resolver

# A choice that is always made already; what a plan asks of a field is said when it is submitted.
PRESELECTED = {"apps.deployments.forms.plan_fields.PlanFields.publish"}
SILENT = str(forms.Field.default_error_messages["required"])


def _all(kind):
    for each in kind.__subclasses__():
        yield each
        yield from _all(each)


def _left_empty():
    """Every form of ours that can be made without knowing more, sent with nothing in it."""
    # Every page is imported, and with them their forms.
    assert get_resolver().url_patterns
    for kind in set(_all(forms.BaseForm)):
        if not kind.__module__.startswith("apps.") or "PlainForm" in kind.__name__:
            continue
        try:
            yield kind, kind(data={})
        except (TypeError, KeyError):
            # It wants to know for whom or of what it asks.
            continue


def test_no_form_says_only_that_a_field_is_required(django_db_blocker):
    found, tried = [], 0
    for kind, form in _left_empty():
        try:
            errors = form.errors
        except (RuntimeError, AttributeError, KeyError):
            # It looks something up first.
            continue
        tried += 1
        found += [
            f"{kind.__module__}.{kind.__qualname__}.{name}"
            for name, said in errors.items()
            if SILENT in said and not form.fields[name].widget.is_hidden
        ]
    assert set(found) <= PRESELECTED
    assert tried > 20
