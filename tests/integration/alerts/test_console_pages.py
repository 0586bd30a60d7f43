"""The pages of the console, for whom they are and what stands in them."""

import json

import pytest

from apps.core.data import Role


class TestPages:
    def test_the_list_names_the_running_deployments_of_the_force_and_no_others(self, stage, other_stage):
        page = stage.operator.client().get("/console/").content.decode()
        assert f"/console/{stage.deployment_id}/" in page
        assert str(other_stage.deployment_id) not in page

    def test_another_forces_console_does_not_exist(self, stage, other_stage):
        client = stage.operator.client()
        assert client.get(f"/console/{other_stage.deployment_id}/").status_code == 404
        assert client.get(f"/console/{other_stage.deployment_id}/alerts.json").status_code == 404

    @pytest.mark.parametrize("role", [Role.PLANNER, Role.OVERSIGHT, Role.SYSTEM_ENGINEER])
    def test_who_has_no_part_in_alerts_gets_no_console(self, stage, role):
        client = stage.person("other", role).client()
        assert client.get("/console/").status_code == 403
        assert client.get(f"/console/{stage.deployment_id}/").status_code == 403
        assert client.get(f"/console/{stage.deployment_id}/alerts.json").status_code == 403

    def test_the_word_arrest_is_no_action_of_an_operator(self, stage):
        stage.raise_alert()
        client = stage.operator.client()
        item = client.get(f"/console/{stage.deployment_id}/alerts.json?after=0").json()["alerts"][0]
        assert item["actions"] == ["match", "not_a_match", "unsure"]
        assert "arrest" not in json.dumps(item).lower()

    def test_there_is_no_inline_script_or_style(self, stage):
        client = stage.operator.client()
        for address in ("/console/", f"/console/{stage.deployment_id}/", "/sign-in/"):
            page = client.get(address).content.decode()
            assert "<script>" not in page
            assert "style=" not in page
            assert " onclick" not in page

    def test_error_pages_say_what_to_do(self, stage):
        client = stage.operator.client()
        missing = client.get("/no-such-page/")
        assert missing.status_code == 404
        assert b"Page not found" in missing.content
        denied = stage.person("engineer", Role.SYSTEM_ENGINEER).client().get("/console/")
        assert b"This page is for" in denied.content
