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
), ended AS (
    SELECT alert.deployment_id, coalesce(said.outcomes, '{}') AS outcomes, operator.value AS operator,
        EXISTS (SELECT FROM alerts_decision d WHERE d.alert_id = alert.id AND d.value = 'engage') AS engaged
    FROM alerts_alert alert
    JOIN deployments_deployment deployment ON deployment.id = alert.deployment_id
    LEFT JOIN operator ON operator.alert_id = alert.id
    LEFT JOIN said ON said.alert_id = alert.id
    WHERE NOT alert.decoy AND NOT alert.counted_apart AND deployment.started_at IS NOT NULL
        AND (deployment.authority ->> 'rehearsal')::bool = %(rehearsals)s
), came AS (
    SELECT *, 'released_identity_wrong' = ANY (outcomes) AS was_wrong, 'arrest' = ANY (outcomes) AS arrested,
        outcomes && ARRAY['arrest', 'conditions_compliant', 'conditions_breached', 'safeguarded',
            'safe_not_disclosed', 'voluntary', 'summons_or_report', 'no_longer_wanted',
            'test_subject_recognised'] AS was_them,
        outcomes && ARRAY['conditions_breached', 'safeguarded', 'safe_not_disclosed', 'voluntary',
            'summons_or_report'] AS disposed,
        outcomes && ARRAY['conditions_compliant', 'no_longer_wanted', 'released_identity_wrong',
            'test_subject_recognised'] AS nothing_done
    FROM ended
)
SELECT count(*) AS alerts,
    count(*) FILTER (WHERE operator = 'not_a_match') AS operator_rejected,
    count(*) FILTER (WHERE was_them AND NOT was_wrong) AS confirmed_true,
    count(*) FILTER (WHERE was_wrong) AS confirmed_false,
    count(*) FILTER (WHERE operator IS DISTINCT FROM 'not_a_match' AND NOT was_them AND NOT was_wrong)
        AS unresolved,
    count(*) FILTER (WHERE engaged) AS engagements,
    count(*) FILTER (WHERE arrested) AS arrests,
    count(*) FILTER (WHERE disposed AND NOT arrested) AS other_disposals,
    count(*) FILTER (WHERE nothing_done AND NOT disposed AND NOT arrested) AS no_action,
    count(*) FILTER (WHERE 'not_engaged' = ANY (outcomes)) AS not_engaged,
    count(*) FILTER (WHERE 'not_located' = ANY (outcomes) AND NOT was_them AND NOT was_wrong) AS not_located
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
