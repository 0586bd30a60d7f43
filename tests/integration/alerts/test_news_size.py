"""What a console on a dull connection has to load: the news is small, and smaller on the way."""

import gzip
import json

ALERTS = 60
# Bytes of one alert on the way, as an operator gets it before the decision; measured: 69.
MOST_AN_ALERT = 130
MOST_OF_NOTHING = 700


def news(stage, who, after, **headers):
    address = f"/console/{stage.deployment_id}/alerts.json?after={after}"
    return who.client().get(address, **headers)


def test_the_news_is_compressed_for_who_asks_for_it_and_says_the_same(
    stage, settings, record_testsuite_property
):
    settings.LFR_SUBJECT_COOL_DOWN_S = 0
    for number in range(ALERTS):
        stage.raise_alert(subject_id=stage.subjects[number % 3])
    plain = news(stage, stage.operator, 0)
    packed = news(stage, stage.operator, 0, HTTP_ACCEPT_ENCODING="gzip")
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert packed["Cache-Control"] == "no-store, private"
    assert {"Cookie", "Accept-Encoding"} <= {part.strip() for part in packed["Vary"].split(",")}
    said, unpacked = plain.json(), json.loads(gzip.decompress(packed.content))
    assert said["alerts"] == unpacked["alerts"]
    assert len(said["alerts"]) == ALERTS
    record_testsuite_property("bytes an alert", (len(plain.content) / ALERTS, len(packed.content) / ALERTS))
    assert len(packed.content) / ALERTS < MOST_AN_ALERT


def test_no_news_is_next_to_nothing(stage, record_testsuite_property):
    number = news(stage, stage.operator, 0).json()["revision"]
    idle = news(stage, stage.operator, number, HTTP_ACCEPT_ENCODING="gzip")
    record_testsuite_property("bytes of nothing new", len(idle.content))
    assert idle.status_code == 200
    assert len(idle.content) < MOST_OF_NOTHING
