"""Two forces at once on connections of one pool, in orders that hypothesis makes up: nothing of one is ever
in what the other gets, and a connection that lies idle remembers nobody.

LFR_LONG=1 tries far more, and other orders every time.
"""

import logging
import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.access.interleaved import Platform, steps_of
from tests.access.inventory import registry
from tests.access.pooled import left_behind, real_pool
from tests.access.stage import AWAY, HOME

LONG = os.environ.get("LFR_LONG") == "1"
EXAMPLES = 3_000 if LONG else 30
THINGS_DONE = 60  # an example
# The deepest nesting and the widest storm need four connections, and a fifth is for who looks.
CONNECTIONS = 5


@pytest.fixture(scope="module")
def platform(world):
    from django.conf import settings as django_settings
    from django.core.asgi import get_asgi_application
    from django.test.utils import override_settings

    from apps.core.data import Role
    from lfrplatform import asgi
    from tests.access.table import ROLES
    from tests.support.cast import make_member

    roles = [Role(role) for role in ROLES if role != Role.OVERSIGHT]  # which stands alone
    sides, markers = (world.home, world.away), (HOME, AWAY)
    members = [make_member(side.day, marker, *roles) for side, marker in zip(sides, markers, strict=True)]
    cookies = tuple(
        {name: morsel.value for name, morsel in member.client().cookies.items()} for member in members
    )
    middleware = [*django_settings.MIDDLEWARE, "tests.access.interleaved.MeddlingMiddleware"]
    quiet = [logging.getLogger(name) for name in ("django", "apps", "celery", "psycopg.pool", "asyncio")]
    with override_settings(ROOT_URLCONF="tests.access.probe_urls", MIDDLEWARE=middleware):
        http = get_asgi_application()  # with these middlewares
        application = asgi.behind_proxies(
            asgi.ProtocolTypeRouter(
                {
                    "http": asgi.secured(asgi.limit_headers(asgi.limit_bodies(http))),
                    "websocket": asgi.websocket,
                }
            )
        )
        registry()
        for logger in quiet:  # the failures are meant; both lines above have configured logging anew
            logger.setLevel(logging.CRITICAL + 1)
        running = Platform(application=application, sides=sides, markers=markers, cookies=cookies)
        with real_pool(max_size=CONNECTIONS) as pool:
            running.pool = pool
            yield running
        running.close()
    for logger in quiet:
        logger.setLevel(logging.NOTSET)


@pytest.mark.slow
@pytest.mark.timeout(3600 if LONG else 300)
def test_two_forces_on_one_pool_never_meet(platform):
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=not LONG,
        database=None,
        # A failure says which step it was; making it smaller takes minutes, and is for the longer setting.
        phases=list(Phase) if LONG else [Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(st.integers(0, 2**24), min_size=THINGS_DONE, max_size=THINGS_DONE))
    def example(numbers):
        platform.problems.clear()
        platform.written.clear()
        for step in steps_of(numbers):
            for end in [platform.begin(op) for op in step]:
                end()
            found = platform.problems + left_behind(platform.pool)
            assert not found, (step, found)
        assert kept(platform) == {name for name, done in platform.written.items() if done}

    example()
    assert platform.performed >= 1_500, platform.performed


def kept(platform):
    """Cameras that are there although, or because, an answer said so; taken away again by nobody."""
    from django.db import connections

    from apps.core.tenancy import force_context
    from apps.deployments.models import Camera

    found = set()
    for side in platform.sides:
        with force_context(side.force_id):
            found |= set(
                Camera.objects.filter(name__in=list(platform.written)).values_list("name", flat=True)
            )
    connections.close_all()
    return found
