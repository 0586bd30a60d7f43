"""Errors as problem details (RFC 9457): one form for everything that is not a success."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFilesSent
from django.http import Http404, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions

from apps.core.errors import DomainError, InvalidTransition, NotFound, NotPermitted, RuleViolated
from apps.core.errors import ReauthenticationNeeded as NeedsPerson
from apps.core.web import reasons_of

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
TYPE = "urn:lfr:problem:"
TITLES = {
    400: "The request cannot be understood",
    401: "A token is needed",
    403: "This is not allowed",
    404: "Not found",
    405: "This address does not do that",
    406: "There is no answer in the form that was asked for",
    408: "The body took too long to arrive",
    409: "This is not possible now",
    412: "It changed meanwhile",
    413: "The body is too large",
    415: "The body is of a kind that is not taken here",
    422: "A rule refuses this",
    428: "Say which version you mean",
    429: "Too many requests",
    500: "The platform failed",
    503: "The platform is busy",
}
# A rule's code that says which status a client can act on. Everything else that a rule refuses is 422.
STATUS_OF_CODE = {"page": 400, "waits_for_person": 409}
CHANGED = "changed_meanwhile"
CHALLENGE = 'Bearer realm="lfr"'


class Refused(Exception):
    """Something that the API itself refuses, with its headers."""

    def __init__(
        self, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers = status, code, detail, dict(headers or {})


@dataclass(frozen=True)
class Problem:
    """`reasons` says everything at once; `errors` names the fields, where it is about fields."""

    status: int
    code: str
    detail: str
    reasons: Sequence[str] = ()
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self, *, instance: str) -> dict[str, Any]:
        """`instance` is the path without its query."""
        found: dict[str, Any] = {
            "type": TYPE + self.code.replace("_", "-"),
            "title": TITLES[self.status],
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "reasons": list(self.reasons) or [self.detail],
        }
        if self.errors:
            found["errors"] = {name: list(said) for name, said in self.errors.items()}
        return found

    def response(self, *, instance: str) -> HttpResponse:
        """For where no view has begun."""
        text = json.dumps(self.body(instance=instance))
        headers = {"Cache-Control": "no-store", **self.headers}
        return HttpResponse(text, status=self.status, content_type=CONTENT_TYPE, headers=headers)


def problem_of(error: Exception) -> Problem:
    """What a client is told. Anything unforeseen is logged here and says nothing of itself."""
    if isinstance(error, Refused):
        return Problem(error.status, error.code, error.detail, headers=error.headers)
    if isinstance(error, DomainError):
        return _of_domain(error)
    if isinstance(error, exceptions.ValidationError):
        return _of_validation(error)
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    if isinstance(error, Http404):
        return Problem(404, "not_found", "There is nothing at this address.")
    if isinstance(error, PermissionDenied):
        return Problem(403, "not_permitted", "This is not allowed.")
    if isinstance(error, RequestDataTooBig | TooManyFilesSent):
        return Problem(413, "too_large", "The body is too large, or has too many files.")
    if isinstance(error, MultiPartParserError | UnreadablePostError):
        return Problem(400, "parse_error", "The body is no multipart form, or not all of it.")
    log.error("the API failed", exc_info=error)
    return Problem(500, "failed", "The platform failed, and nothing was changed. It is in its log.")


def _of_domain(error: DomainError) -> Problem:
    reasons = reasons_of(error)
    detail = error.message[:1].upper() + error.message[1:]
    if isinstance(error, NotFound):
        return Problem(404, "not_found", "There is no such thing in this force.")
    if isinstance(error, NeedsPerson):
        return Problem(403, error.code, "A person has to do this, who proves who they are. No token can.")
    if isinstance(error, NotPermitted):
        return Problem(403, error.code, detail)
    if isinstance(error, InvalidTransition):
        return Problem(409, error.code, detail)
    if error.code == CHANGED:
        return Problem(412, CHANGED, "The plan changed after you read it. Read it again; nothing was saved.")
    if isinstance(error, RuleViolated):
        return Problem(STATUS_OF_CODE.get(error.code, 422), error.code, detail, reasons=reasons)
    log.error("the API failed", exc_info=error)
    return Problem(500, "failed", "The platform failed, and nothing was changed. It is in its log.")


def _of_validation(error: exceptions.ValidationError) -> Problem:
    errors = dict(_flat("", error.detail))
    reasons = [f"{name}: {words}" if name else words for name, said in errors.items() for words in said]
    return Problem(400, "invalid", "Some fields are wrong.", reasons=reasons, errors=errors)


def _flat(name: str, detail: Any) -> list[tuple[str, list[str]]]:
    """Each field by its whole name, such as `area.0.latitude`."""
    if isinstance(detail, Mapping):
        return [
            each
            for key, value in detail.items()
            for each in _flat(".".join(part for part in (name, str(key)) if part), value)
        ]
    if isinstance(detail, list) and any(isinstance(each, Mapping | list) for each in detail):
        return [
            each for index, value in enumerate(detail) if value for each in _flat(f"{name}.{index}", value)
        ]
    said = detail if isinstance(detail, list) else [detail]
    return [(name.removesuffix("non_field_errors").rstrip("."), [str(words) for words in said])]


def _of_framework(error: exceptions.APIException) -> Problem:
    headers = {}
    if isinstance(error, exceptions.Throttled) and error.wait is not None:
        headers["Retry-After"] = str(max(1, round(error.wait)))
    code = str(error.get_codes()) if not isinstance(error.detail, dict | list) else "refused"
    status = error.status_code if error.status_code in TITLES else 400
    return Problem(status, code, str(error.detail), headers=headers)
