"""Puts the files of the public pages ahead of Django, where a folder of them is set."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from apps.core.headers import has_session
from lfrplatform.public_files import AsgiApplication, PublicFiles, Scope, header


def public_files_ahead(application: AsgiApplication) -> Any:
    """`application` itself where no folder is set."""
    if settings.LFR_PUBLIC_DIR is None:
        return application
    return PublicFiles(application, settings.LFR_PUBLIC_DIR, is_personal=has_session, is_ours=is_ours)


def is_ours(scope: Scope) -> bool:
    """By https where that is asked for, and for a host of ours: anything else Django answers as always."""
    secure = scope.get("scheme") == "https" or header(scope, b"x-forwarded-proto") == "https"
    if settings.SECURE_SSL_REDIRECT and not secure:
        return False
    return _is_our_host(header(scope, b"host"), tuple(settings.ALLOWED_HOSTS))


@lru_cache(maxsize=256)
def _is_our_host(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)
