"""For the type checker only, which loads Django's registry but connects to nothing."""

import os

for name, value in {
    "LFR_SECRET_KEY": "typing",
    "LFR_ALLOWED_HOSTS": "localhost",
    "DATABASE_URL": "postgresql://typing@localhost/typing",
    "REDIS_URL": "redis://localhost/0",
    "LFR_KEYSTORE_DIR": "typing-keys",
    "LFR_ANCHOR_DIR": "typing-anchors",
    "LFR_ANCHOR_KEY_FILE": "typing-anchor-key",
    "LFR_PUBLIC_BASE_URL": "https://localhost",
}.items():
    os.environ.setdefault(name, value)

from lfrplatform.settings.production import *  # noqa: E402, F403 - after the environment is filled
