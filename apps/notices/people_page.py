"""The notice as those see it who work with it: how it stayed up, and what was said about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.core.clock import london
from apps.core.errors import NotFound
from apps.core.wording import say_moment, say_window
from apps.deployments import api as deployments
from apps.forces import api as forces
from apps.notices import outages, outside, queries
from apps.notices.attached import Attached
from apps.notices.languages import Choice, choices
from apps.notices.outages import Outage
from apps.notices.wording import STATUS_WORDS


@dataclass(frozen=True)
class PeoplePage:
    """`counts_from` is empty until the page was seen; `earliest` is the first start that it allows."""

    deployment_id: UUID
    reference: str
    place_name: str
    window: str
    status: str
    path: str
    first_seen: str
    counts_from: str
    earliest: str
    is_too_late: bool
    tolerance_minutes: int
    outages: tuple[Outage, ...]
    attached: Attached
    # Languages in which a sign, a leaflet and the Easy Read text can be printed.
    languages: tuple[Choice, ...]


def people_page(*, deployment_id: UUID, now: datetime) -> PeoplePage:
    """Raises NotFound where nothing is published."""
    notice = queries.get_for_deployment(deployment_id=deployment_id)
    content = notice.content
    if content is None or notice.published_at is None:
        raise NotFound("the notice of this deployment is not published yet")
    deployment = deployments.get(deployment_id=deployment_id)
    rules = deployments.rules_of(deployment)
    counted = notice.verified_at
    names = (content.force_slug, notice.slug)
    earliest = deployments.earliest_start(counted, rules.notice_minimum_days) if counted else None
    return PeoplePage(
        deployment_id=deployment_id,
        reference=content.reference,
        place_name=content.place_name,
        window=say_window(content.window_start, content.window_end),
        status=STATUS_WORDS[notice.status],
        path=outside.path(notice),
        first_seen=say_moment(notice.first_seen_at) if notice.first_seen_at else "",
        counts_from=say_moment(counted) if counted else "",
        earliest=say_moment(earliest) if earliest else "",
        is_too_late=earliest is not None and content.window_start < earliest and content.window_end > now,
        tolerance_minutes=rules.notice_outage_tolerance_minutes,
        outages=outages.of_deployment(deployment_id=deployment_id),
        attached=notice.attached,
        languages=choices(forces.get_force(force_id=notice.force_id).languages, "notice", *names),
    )


def initial(attached: Attached) -> dict[str, Any]:
    """What the form of the meeting begins with."""
    if attached.meeting_at is None:
        return {}
    local = london(attached.meeting_at)
    return {
        "day": local.date(),
        "time": local.time().replace(second=0, microsecond=0),
        "place": attached.meeting_place,
        "webcast": attached.webcast,
    }
