"""Django's cache in Valkey. It counts attempts and remembers used tokens; nothing else goes in."""

from __future__ import annotations

import json
from typing import Any


class JsonSerializer:
    """In place of pickle, by which whoever can write to Valkey could run code in the web process."""

    def dumps(self, value: Any) -> bytes:
        return json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)
