from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def demo(request: HttpRequest) -> dict[str, Any]:
    """`demo` for templates: is this the demonstration, whose pages say so and lead back to its guide?"""
    return {"demo": settings.LFR_DEMO}
