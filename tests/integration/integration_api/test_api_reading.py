"""Notices, records and imports through the API: what comes out, and what never does."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import jsonschema
import pytest
import time_machine
import yaml
from celery import current_app

from apps.audit import api as audit
from apps.audit.models import AuditEvent
from apps.core import uploads
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import RuleViolated
from apps.deployments import api as deployments
from apps.deployments import imports
from apps.deployments.data import DeploymentState as S
from apps.integration.data import Scope
from apps.integration.models import IdempotencyRecord
from apps.integration.schemas import openapi_yaml
from apps.watchlists.models import ImportJob
from tests.support.api_tokens import PLANS, READS, make_system, problem
from tests.support.days import IMPORTED, START, astronaut, make_day
from tests.support.import_jobs import NAME
from tests.support.uploads import archive_of, csv_bytes, row, zip_bytes


@pytest.fixture
def day(real_db):
    return make_day()


@pytest.fixture
def reader(day):
    return make_system(day, *READS, role=Role.OVERSIGHT)


def conforms(name, value):
    """Whether a value has the form that the description promises."""
    described = yaml.safe_load(openapi_yaml())
    schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
    jsonschema.Draft202012Validator(schema).validate(value)


def events(day, verb):
    return day.call(lambda: list(AuditEvent.objects.filter(verb=verb)))


class TestNotices:
    def test_a_published_one_is_there_for_oversight_and_has_the_form_described(self, day, reader):
        day.to(S.NOTICE_PUBLISHED)
        (item,) = reader.get("notices/").json()["items"]
        conforms("Notice", item)
        assert item["content"]["place_name"] == "Market Square, Exampleton"
        assert item["address"].startswith("http://testserver/notices/")
        assert reader.get(f"deployments/{day.deployment_id}/notice/").json() == item
        assert reader.get("notices/?status=live").json() == {"items": [], "next": None}

    def test_one_to_come_is_for_who_plans_and_nobody_else(self, day, reader):
        day.draft(publish_at=START - timedelta(days=8))
        day.step(deployments.submit, day.planner, START - timedelta(days=9))
        day.approve()
        path = f"deployments/{day.deployment_id}/notice/"
        found = make_system(day, *PLANS).get(path).json()
        conforms("Notice", found)
        assert (found["status"], found["content"]) == ("scheduled", None)
        problem(reader.get(path), 404)
        assert reader.get("notices/").json()["items"] == []


class TestRecords:
    def test_the_record_is_that_of_the_page_is_described_and_its_reading_is_on_record(self, day, reader):
        day.to(S.LIVE)
        reference = day.get().reference
        (item,) = reader.get("records/").json()["items"]
        conforms("RecordRow", item)
        assert item["reference"] == reference
        found = reader.get(f"records/{reference}/").json()
        conforms("Record", found)
        # A rehearsal: whoever is on the list is of the Blue List, and in no count of people looked for.
        assert (found["watchlist_subjects"], found["watchlist_volunteers"]) == (0, 1)
        assert "Test subject" not in json.dumps(found)
        (event,) = events(day, "api.record_read")
        assert (event.object_id, event.actor_id) == (day.deployment_id, reader.token.service_id)

    def test_a_plan_that_nobody_decided_on_is_no_record(self, day, reader):
        day.draft()
        problem(reader.get(f"records/{day.get().reference}/"), 404)
        assert reader.get("records/").json()["items"] == []

    @pytest.mark.parametrize("reference", ["%00", "a%00b-c", "..%2F..%2Fx", "x" * 80])
    def test_what_cannot_be_a_reference_is_not_there(self, day, reader, reference):
        problem(reader.get(f"records/{reference}/"), 404)

    def test_another_force_has_no_record_here(self, day):
        day.to(S.NOTICE_PUBLISHED)
        stranger = make_system(make_day("south"), *READS, role=Role.OVERSIGHT)
        problem(stranger.get(f"records/{day.get().reference}/"), 404)
        problem(stranger.get(f"deployments/{day.deployment_id}/notice/"), 404)
        assert stranger.get("notices/").json()["items"] == []


class TestImports:
    @pytest.fixture
    def system(self, day, monkeypatch):
        # What a worker does, the tests do themselves.
        monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)
        day.to(S.NOTICE_PUBLISHED)
        with time_machine.travel(IMPORTED, tick=False):
            yield make_system(day, Scope.WATCHLIST_IMPORT)

    @pytest.fixture
    def path(self, day, system):
        return f"deployments/{day.deployment_id}/imports/"

    def archive(self, *rows, name="list.zip"):
        pictures = {f"pictures/{each.picture_name}": astronaut() for each in rows[:1]}
        content = io.BytesIO(zip_bytes({"watchlist.csv": csv_bytes(rows), **pictures}))
        content.name = name
        return {"archive": content}

    GOOD = row("TS-1", "astronaut.png", display_name=NAME)
    BAD = row("TS-2", f"{NAME}.png", display_name=NAME)

    def test_a_list_goes_in_and_only_counts_and_reasons_come_out(self, day, system, path, photos):
        good = row("TS-1", "subject_b_1.jpg", display_name=NAME)
        began = system.upload(path, {"archive": io.BytesIO(archive_of([good, self.BAD], photos))})
        assert began.status_code == 202, began.content
        own = f"{path}{began.json()['id']}/"
        assert began.headers["Location"] == f"/api/v1/{own}"
        imports.run(force_id=day.force.id, job_id=began.json()["id"], clock=lambda: IMPORTED)
        checked = system.get(own)
        conforms("Import", checked.json())
        report = checked.json()["report"]
        assert (report["accepted_subjects"], len(report["refused"])) == (1, 1)
        assert (report["refused"][0]["line"], report["refused"][0]["code"]) == (3, "picture_missing")
        assert NAME not in checked.content.decode()
        assert len(events(day, "api.import_report_read")) == 1
        problem(system.post(f"{own}confirm/", {}), 422, "import-not-confirmed")
        confirmed = system.post(f"{own}confirm/", {"without_refused": True})
        assert confirmed.json()["state"] == "importing", confirmed.content
        imports.run(force_id=day.force.id, job_id=began.json()["id"], clock=lambda: IMPORTED)
        after = system.get(own).json()
        assert (after["state"], after["report"]) == ("imported", None)

    def test_the_same_upload_twice_is_one_and_nothing_of_it_is_in_the_answer_kept(self, day, system, path):
        key = {"Idempotency-Key": "one"}
        first = system.upload(path, self.archive(self.GOOD), **key)
        again = system.upload(path, self.archive(self.GOOD), **key)
        assert again.json() == first.json()
        assert day.call(ImportJob.objects.count) == 1
        problem(system.upload(path, self.archive(self.BAD), **key), 422, "idempotency-key-reused")
        (kept,) = day.call(lambda: list(IdempotencyRecord.objects.values()))
        assert NAME not in str(kept)
        assert "TS-1" not in str(kept)
        assert len(bytes(kept["request_hmac"])) == 32

    def test_an_upload_is_discarded_and_destroyed(self, day, system, path):
        job = system.upload(path, self.archive(self.GOOD)).json()
        assert system.post(f"{path}{job['id']}/discard/", {}).json()["state"] == "discarded"
        assert day.call(lambda: ImportJob.objects.get().destroyed_at) is not None
        problem(system.post(f"{path}{job['id']}/discard/", {}), 409)

    def test_warnings_cannot_be_accepted_by_a_system_which_sees_no_picture(self, day, system, path):
        job = system.upload(path, self.archive(self.GOOD)).json()
        found = problem(system.post(f"{path}{job['id']}/confirm/", {"accept_warnings": True}), 400)
        assert list(found["errors"]) == ["accept_warnings"]

    def test_what_is_no_list_is_refused_with_the_words_of_the_page(self, system, path):
        found = problem(system.upload(path, {"archive": io.BytesIO(b"no zip")}), 422, "import-file")
        assert "ZIP" in found["detail"]
        problem(system.upload(path, {"zip": io.BytesIO(b"x")}), 400, "invalid")
        problem(system.post(path, {"archive": "x"}), 415)

    def test_an_upload_of_another_deployment_is_not_there(self, day, system, path):
        job = system.upload(path, self.archive(self.GOOD)).json()
        day.draft()
        problem(system.get(f"deployments/{day.deployment_id}/imports/{job['id']}/"), 404)


class TestAuditExport:
    PATH = "audit/export/?reason=Quarterly+check+by+the+oversight+body"

    def lines(self, answer):
        return [json.loads(line) for line in b"".join(answer).splitlines()]

    def test_the_chain_comes_out_line_by_line_without_names_and_that_is_on_record(self, day, reader):
        day.draft()
        audit.chain_force(force_id=day.force.id, now=utc_now())
        answer = reader.get(self.PATH, Accept="application/x-ndjson")
        assert answer.headers["Content-Type"] == "application/x-ndjson"
        header, *_, end = found = self.lines(answer)
        assert (header["kind"], end["kind"]) == ("header", "end")
        assert header["force_id"] == str(day.force.id)
        positions = [row["position"] for row in found if row["kind"] == "event"]
        assert positions == list(range(1, end["links"] + 1))
        assert header["with_names"] is False
        (event,) = events(day, "audit.exported")
        assert (event.actor_id, event.reason) == (
            reader.token.service_id,
            "Quarterly check by the oversight body",
        )

    def test_nothing_of_another_force_is_in_it(self, day, reader):
        south = make_day("south")
        south.draft()
        for each in (day, south):
            audit.chain_force(force_id=each.force.id, now=utc_now())
        text = json.dumps(self.lines(reader.get(self.PATH)))
        assert str(south.force.id) not in text
        assert str(south.deployment_id) not in text

    def test_it_needs_a_reason_its_scope_and_oversight(self, day, reader):
        problem(reader.get("audit/export/"), 400, "invalid")
        problem(reader.get("audit/export/?reason=no"), 422, "reason")
        problem(make_system(day, *PLANS).get(self.PATH), 403, "scope-missing")
        with pytest.raises(RuleViolated, match="audit:export"):
            make_system(day, Scope.AUDIT_EXPORT, role=Role.PLANNER)
        assert events(day, "audit.exported") == []


def test_a_large_body_is_read_only_for_a_token_that_may_import(day):
    path = f"/api/v1/deployments/{day.deployment_id}/imports/"
    able, unable = make_system(day, Scope.WATCHLIST_IMPORT), make_system(day, Scope.DEPLOYMENTS_READ)

    def sender(*headers):
        scope = {"method": "POST", "path": path, "headers": headers, "client": ("127.0.0.1", 1)}
        return uploads._other(path).identify(scope)

    assert sender((b"authorization", f"Bearer {able.text}".encode())) == f"token {able.token.id}"
    assert sender((b"authorization", f"Bearer {unable.text}".encode())) is None
    assert sender((b"cookie", b"sessionid=x")) is None
    assert uploads.body_limit(path) > uploads.body_limit(f"{path}x/") == uploads.body_limit("/")
