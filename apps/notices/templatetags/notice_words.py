"""Filters for the public pages."""

from __future__ import annotations

from django import template

from apps.notices.links import linked

register = template.Library()

register.filter("linked", linked)
