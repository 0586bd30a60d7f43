"""Errors a user can do something about. Each has a stable `code` and a message that says what to do."""

from __future__ import annotations

from collections.abc import Iterable


class DomainError(Exception):
    """A rule of the domain said no."""

    code = "domain_error"

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code


class NotPermitted(DomainError):
    """The actor's roles, or what they did before on this deployment, forbid it."""

    code = "not_permitted"


class ReauthenticationNeeded(DomainError):
    """The step is for somebody who proved who they are within the last minutes. Pages ask, and go on."""

    code = "reauthentication_needed"


class InvalidTransition(DomainError):
    """The thing is not in a state from which this step is possible."""

    code = "invalid_transition"


class NotFound(DomainError):
    """No such thing in this force."""

    code = "not_found"


class RuleViolated(DomainError):
    """One or more rules are not met; `reasons` lists all of them at once."""

    code = "rule_violated"

    def __init__(self, reasons: Iterable[str], *, code: str = "") -> None:
        self.reasons = tuple(reasons)
        sentences = all(reason.endswith(".") for reason in self.reasons)
        super().__init__((" " if sentences else "; ").join(self.reasons), code=code)


class ForceContextError(DomainError):
    """Tenant data was touched without a force, or while another force's context was open."""

    code = "force_context"


class SimulatedClockRefused(DomainError):
    """`now` was far from the real clock in a profile that forbids it."""

    code = "simulated_clock_refused"
