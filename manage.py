#!/usr/bin/env python
"""Django's command line, on the embedded profile unless DJANGO_SETTINGS_MODULE says otherwise."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lfrplatform.settings.embedded")
    from django.core.management import execute_from_command_line

    import lfrplatform.celery  # noqa: F401 - tasks sent from a command go to our broker

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
