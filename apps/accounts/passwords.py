"""Passwords beyond Django's own rules."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError


class NotThePresentPassword:
    """A new password is a new one."""

    def validate(self, password: str, user: Any = None) -> None:
        if user is None or not user.password or not user.has_usable_password():
            return
        if user.check_password(password):
            raise ValidationError(
                "This is your present password. Choose another one.", code="password_reused"
            )

    def get_help_text(self) -> str:
        return "It must not be your present password."
