"""Filters for the deployments pages: a code becomes its label (the use case that of an authority).

A code without one is an error.
"""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from apps.core.wording import say_list
from apps.deployments.data import Authority
from apps.deployments.documents.document import condition_words
from apps.deployments.documents.drawing import draw, is_vast
from apps.deployments.documents.reading import camera_words
from apps.deployments.pages import labels
from apps.deployments.pages.missing import link_of
from apps.deployments.pages.same_face_words import same_face_words
from apps.deployments.rules import nearness
from apps.watchlists.special import GROUP_WORDS

register = template.Library()

register.filter("category_label", lambda code: labels.CATEGORY_LABELS[code])
register.filter("revision_label", lambda code: labels.REVISION_LABELS[code])
register.filter("decision_label", lambda code: labels.DECISION_LABELS[code])
register.filter("duty_label", lambda code: labels.DUTY_LABELS[code])
register.filter("check_label", lambda code: labels.CHECK_LABELS[code])
register.filter("check_hint", lambda code: labels.CHECK_HINTS[code])
# What a draft says may be outside the closed lists until it is submitted.
register.filter("nearby_label", lambda code: labels.NEARBY_LABELS.get(code, code))
register.filter("urgent_label", lambda code: labels.URGENT_LABELS.get(code, "No ground is chosen yet."))
register.filter("assessment_label", lambda code: labels.ASSESSMENT_LABELS.get(code, code))
register.filter("camera_words", camera_words)
register.filter("away", nearness.words)
register.filter("plan_link", link_of)
register.filter("same_face_words", same_face_words)
register.filter("condition_words", condition_words)
register.filter("group_words", lambda code: GROUP_WORDS[code])
# Without the base map: it is for the words beside an outline, and asks nothing of the database.
register.filter("drawn", draw)
register.filter("is_vast", is_vast)


@register.filter
def use_case_label(authority: Authority) -> str:
    return labels.use_case_labels(rehearsal=authority.rehearsal)[authority.use_case]


@register.filter
def fields_said(names: Iterable[str]) -> str:
    """Parts of an authority in words, for instance "area and cameras"."""
    return say_list([labels.FIELD_LABELS[name] for name in names])
