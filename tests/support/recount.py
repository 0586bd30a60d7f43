"""The numbers of a time once more, in SQL, from what people decided: by no function that the reports use."""

from __future__ import annotations

from typing import Any

from django.db import connection

# Of each alert: what it came to, by its decisions and outcomes alone.
CAME_TO = """
WITH operator AS (
    SELECT DISTINCT ON (alert_id) alert_id, value FROM alerts_decision
    WHERE step = 'operator' ORDER BY alert_id, decided_at DESC
), said AS (
    SELECT alert_id, array_agg(outcome::text) AS outcomes FROM alerts_outcome GROUP BY alert_id
), came AS (
    SELECT alert.deployment_id, coalesce(said.outcomes, '{}') AS outcomes, operator.value AS operator,
        EXISTS (SELECT FROM alerts_decision d WHERE d.alert_id = alert.id AND d.value = 'engage') AS engaged
    FROM alerts_alert alert
    JOIN deployments_deployment deployment ON deployment.id = alert.deployment_id
    LEFT JOIN operator ON operator.alert_id = alert.id
    LEFT JOIN said ON said.alert_id = alert.id
    WHERE NOT alert.decoy AND NOT alert.counted_apart AND deployment.started_at IS NOT NULL
        AND (deployment.authority ->> 'rehearsal')::bool = %(rehearsals)s
)
SELECT count(*) AS alerts,
    count(*) FILTER (WHERE operator = 'not_a_match') AS operator_rejected,
    count(*) FILTER (WHERE 'released_identity_wrong' = ANY (outcomes)) AS confirmed_false,
    count(*) FILTER (WHERE engaged) AS engagements,
    count(*) FILTER (WHERE 'arrest' = ANY (outcomes)) AS arrests,
    count(*) FILTER (WHERE 'not_located' = ANY (outcomes)) AS not_located
FROM came
"""
TRACKS = """
SELECT coalesce(sum(tracks), 0) FROM live_cameratally tally
JOIN deployments_deployment deployment ON deployment.id = tally.deployment_id
WHERE deployment.started_at IS NOT NULL AND (deployment.authority ->> 'rehearsal')::bool = %(rehearsals)s
"""


def recount(*, rehearsals: bool) -> dict[str, Any]:
    """Of the open force, over all time."""
    with connection.cursor() as cursor:
        cursor.execute(CAME_TO, {"rehearsals": rehearsals})
        names = [column.name for column in cursor.description or ()]
        found = dict(zip(names, cursor.fetchone(), strict=True))
        cursor.execute(TRACKS, {"rehearsals": rehearsals})
        return {**found, "tracks": int(cursor.fetchone()[0])}
