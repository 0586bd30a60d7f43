"""`python -m lfrplatform.with_credentials COMMAND…`: runs a command with the secrets that systemd gave the
service (LoadCredential=) as the variables that the settings read. Each file is named as its variable.

So a secret stands in no unit, in no environment file, and on no command line. Standard library only.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

FOLDER = "CREDENTIALS_DIRECTORY"


def with_credentials(environment: dict[str, str]) -> dict[str, str]:
    """The environment with what is in the folder, without its last line's end."""
    folder = environment.get(FOLDER)
    if not folder:
        return environment
    found = {path.name: path.read_text(encoding="utf-8").rstrip("\n") for path in Path(folder).iterdir()}
    return {**environment, **found}


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit("with_credentials: no command was given")
    os.execvpe(sys.argv[1], sys.argv[1:], with_credentials(dict(os.environ)))  # noqa: S606 - that is its purpose


if __name__ == "__main__":
    main()
