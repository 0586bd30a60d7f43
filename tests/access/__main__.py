"""Write docs/reference/access.md anew from the table: `python -m tests.access` (`--print` shows it only)."""

from __future__ import annotations

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "lfrplatform.settings.typing"

import django

django.setup()

from tests.access.document import DOCUMENT, document  # noqa: E402 - Django must be set up first

if "--print" in sys.argv[1:]:
    sys.stdout.write(document())
else:
    DOCUMENT.write_text(document(), encoding="utf-8")
