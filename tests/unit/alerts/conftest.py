import pytest


@pytest.fixture
def build():
    # Imported late: a conftest is read before Django has its settings.
    from tests.unit.alerts.builders import Build

    return Build()


@pytest.fixture
def said(build):
    """The JSON of one alert for a viewer, and the whole answer as text."""
    import json
    from dataclasses import replace

    from apps.alerts.console import ConsoleNews
    from apps.alerts.data import AlertNews
    from apps.alerts.rest import Viewer, console_json

    def say(
        state, viewer, *, decisions=(), outcomes=(), card=None, initial=False, now=None, after=0, **changes
    ):
        alert = build.alert(state=state, **changes)
        card = card or build.card(subject_id=alert.subject_id)
        news = ConsoleNews(
            deployment=build.deployment(),
            duties=(),
            news=AlertNews(
                alerts=(alert,),
                decisions={alert.id: tuple(decisions)},
                outcomes={alert.id: tuple(outcomes)},
                revision=alert.revision,
                more=False,
            ),
            cards={alert.subject_id: replace(card, subject_id=alert.subject_id)},
            contradictions={},
            camera_names={build.camera: "North gate"},
        )
        answer = console_json(news, Viewer(viewer, now or build.now, initial, after))
        return answer["alerts"][0], json.dumps(answer)

    return say
