"""What a platform process has to know, as environment variables, and the file that hands it on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from lfrplatform.embedded.identity import APPLICATION_ROLE, OWNER_ROLE, SECRET_KEY, credentials, write_private
from lfrplatform.embedded.leftovers import MARKER
from lfrplatform.embedded.place import Place
from lfrplatform.embedded.roles import DATABASE

DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL = "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"
HEADER = "# Written by the embedded supervisor; gone when it stops. Holds passwords.\n"


def own_postgres_given() -> bool:
    return bool(os.environ.get(DATABASE_URL))


def own_valkey_given() -> bool:
    return bool(os.environ.get(REDIS_URL))


def service_env(place: Place) -> dict[str, str]:
    """Addresses of the embedded servers, or those given in the environment, which replace them."""
    passwords = credentials(place)
    env = {
        DATABASE_URL: os.environ.get(DATABASE_URL) or _database_url(place, APPLICATION_ROLE, passwords),
        REDIS_URL: os.environ.get(REDIS_URL) or f"unix://{place.valkey_socket}?db=0",
        "LFR_VAR_DIR": str(place.var),
        "LFR_KEYSTORE_DIR": os.environ.get("LFR_KEYSTORE_DIR") or str(own_folder(place, "keys")),
        "LFR_ANCHOR_DIR": os.environ.get("LFR_ANCHOR_DIR") or str(own_folder(place, "anchors")),
        "LFR_ANCHOR_KEY_FILE": os.environ.get("LFR_ANCHOR_KEY_FILE")
        or str(own_folder(place, "anchor-key") / "signing.pem"),
        "LFR_SECRET_KEY": os.environ.get("LFR_SECRET_KEY") or passwords[SECRET_KEY],
        "LFR_EMBEDDED_HOME": str(place.home),
    }
    owner = os.environ.get(DATABASE_OWNER_URL)
    if owner or not own_postgres_given():
        env[DATABASE_OWNER_URL] = owner or _database_url(place, OWNER_ROLE, passwords)
    return env


def own_folder(place: Place, name: str) -> Path:
    """A folder of an instance beside its database: what must not be in the database's backups."""
    return place.var / (name if place.instance == "main" else f"{name}-{place.instance}")


def _database_url(place: Place, role: str, passwords: Mapping[str, str]) -> str:
    return f"postgresql://{role}:{passwords[role]}@/{DATABASE}?host={quote(str(place.sockets), safe='')}"


def process_env(
    place: Place, env: Mapping[str, str], extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The whole environment of a platform process: ours, the services', its own, and the marker."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", **env, **(extra or {}), MARKER: place.marker}


def write_env_file(place: Place, env: Mapping[str, str]) -> None:
    write_private(
        place.env_file, HEADER + "".join(f"{name}={value}\n" for name, value in sorted(env.items()))
    )
