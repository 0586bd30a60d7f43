import pytest


@pytest.fixture
def build():
    # Imported late: a conftest is read before Django has its settings.
    from tests.unit.alerts.builders import Build

    return Build()
