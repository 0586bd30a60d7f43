"""Every from, to and role of a notice: only the platform moves one, and what was called off stays so."""

from itertools import product

import pytest

from apps.core.data import Actor, Role
from apps.core.errors import InvalidTransition, NotPermitted
from apps.notices.data import NoticeStatus as N
from apps.notices.states import NOTICES
from tests.support.plans import FORCE_ID, person

STANDING = (N.SCHEDULED, N.PUBLISHED, N.WITHDRAWN)
ANNOUNCED = (N.PUBLISHED, N.LIVE, N.SUSPENDED)
ALLOWED = {
    (N.SCHEDULED, N.PUBLISHED),
    (N.WITHDRAWN, N.PUBLISHED),
    (N.PUBLISHED, N.LIVE),
    (N.SUSPENDED, N.LIVE),
    (N.PUBLISHED, N.SUSPENDED),
    (N.LIVE, N.SUSPENDED),
    (N.LIVE, N.REVOKED),
    (N.SUSPENDED, N.REVOKED),
    *product(ANNOUNCED, (N.ENDED, N.RESULTS_PUBLISHED)),
    (N.ENDED, N.RESULTS_PUBLISHED),
    *product(STANDING, (N.WITHDRAWN, N.CANCELLED, N.REVOKED, N.EXPIRED)),
}


@pytest.mark.parametrize(("source", "target", "role"), list(product(N, N, Role)))
def test_it_moves_only_along_the_table(source, target, role):
    actor = Actor.system(force_id=FORCE_ID, label="notices") if role is Role.SYSTEM else person(role)
    moved = False
    for step in NOTICES:
        if step.target is target:
            try:
                NOTICES.apply(step.name, current=source, actor=actor)
                moved = True
            except (InvalidTransition, NotPermitted):
                pass
    assert moved == (role is Role.SYSTEM and (source, target) in ALLOWED)
