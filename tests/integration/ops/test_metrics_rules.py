"""The alert rules that an operator copies: they ask for what /metrics says, and tell what to do."""

import re
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from apps.ops.metrics.exposing import as_text, names
from apps.ops.metrics.reading import read

HOW_TO = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "administrator"
RULES = [
    rule
    for group in yaml.safe_load((HOW_TO / "prometheus-rules.yml").read_text())["groups"]
    for rule in group["rules"]
]
# Prometheus' own: whether a target answered.
NOT_OURS = {"up"}
WORDS = {
    "and",
    "or",
    "unless",
    "on",
    "ignoring",
    "by",
    "without",
    "bool",
    "absent",
    "rate",
    "increase",
    "sum",
    "max",
}


def metrics_in(expression):
    plain = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\"[^\"]*\"", " ", expression)
    return set(re.findall(r"[a-zA-Z_:][\w:]*", plain)) - WORDS


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_asks_for_what_there_is_and_says_what_to_do(rule):
    used = metrics_in(rule["expr"])
    assert used
    assert used <= names() | NOT_OURS
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert len(rule["annotations"]["summary"]) > 20
    assert len(rule["annotations"]["action"]) > 20
    # Whoever is woken is told which force, where a metric has one.
    said = any("$labels.force" in text for text in rule["annotations"].values())
    assert said == any(has_force(name) for name in used)


def has_force(name):
    return name.startswith(
        ("lfr_deployments_", "lfr_shards_", "lfr_cameras_", "lfr_alert", "lfr_audit", "lfr_frames")
    )


def test_everything_that_health_calls_failing_has_a_rule():
    asked = {name for rule in RULES for name in metrics_in(rule["expr"])}
    assert asked >= {
        *("lfr_healthy", "lfr_database_up", "lfr_valkey_up", "lfr_key_store_up", "lfr_beat_age_seconds"),
        *("lfr_sweep_failed_steps", "lfr_purges_overdue", "lfr_breaches_overdue", "lfr_purges_would_fail"),
        *(
            "lfr_purge_rehearsal_late",
            "lfr_shards_without_worker",
            "lfr_cameras_silent",
            "lfr_cameras_stopped",
        ),
        *("lfr_alert_undecided_oldest_age_seconds", "lfr_audit_unchained_oldest_age_seconds"),
    }


def test_a_name_is_used_once():
    alerts = [rule["alert"] for rule in RULES]
    assert len(alerts) == len(set(alerts))


def test_what_is_exposed_is_what_is_declared_and_keeps_to_the_conventions(real_db, valkey):
    text = as_text(read()).decode()
    families = list(text_string_to_metric_families(text))
    exposed = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    assert exposed == names()
    for family in families:
        assert family.type in {"gauge", "counter"}
        assert family.documentation.endswith(".")
        assert re.fullmatch(r"lfr(_[a-z]+)+", family.name)
        assert not family.name.endswith("_total")
    assert text.count("# HELP") == text.count("# TYPE") == len(names())


def test_every_metric_is_explained_on_the_page():
    explained = set(re.findall(r"`(lfr_\w+)`", (HOW_TO / "metrics.md").read_text()))
    assert explained == names()


def test_the_example_names_the_job_that_the_rules_expect():
    (example,) = re.findall(r"```yaml\n(.*?)```", (HOW_TO / "metrics.md").read_text(), re.S)
    (job,) = yaml.safe_load(example)["scrape_configs"]
    expected = {name for rule in RULES for name in re.findall(r'job="(\w+)"', rule["expr"])}
    assert expected == {job["job_name"]}
    assert job["authorization"]["type"] == "Bearer"
    assert job["scheme"] == "https"
