"""One rule for a button and for what is behind it: the check that raises, and its boolean twin."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

from apps.core.errors import DomainError

P = ParamSpec("P")


def twin(check: Callable[P, None]) -> Callable[P, bool]:
    """Whether ``check`` would let it pass. Only a DomainError is a no; anything else is a fault."""

    def can(*args: P.args, **kwargs: P.kwargs) -> bool:
        try:
            check(*args, **kwargs)
        except DomainError:
            return False
        return True

    return can
