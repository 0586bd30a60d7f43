#!/usr/bin/env python
"""Django's command line, on the embedded profile unless DJANGO_SETTINGS_MODULE says otherwise. Commands that
measure models run on a machine where nothing else of the platform does."""

import os
import sys

OFFLINE = frozenset({"evaluate", "calibrate", "pack_manifest", "check_gpu"})


def main() -> None:
    profile = "offline" if OFFLINE & set(sys.argv[1:2]) else "embedded"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"lfrplatform.settings.{profile}")
    from django.core.management import execute_from_command_line

    import lfrplatform.celery  # noqa: F401 - tasks sent from a command go to our broker

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
