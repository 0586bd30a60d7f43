from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class UserData:
    id: UUID
    username: str
    display_name: str
    rank: str
