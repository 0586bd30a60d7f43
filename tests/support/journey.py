"""One deployment through everybody's browser: each role signs in and presses what it has to press.

The clock is moved between acts (nobody can wait for seven days), and everything else is real: the server, the
database, the pages, the model that enrols, the pictures. Nobody touches a mouse; a file is handed to the
browser as its own dialogue would.
"""

from __future__ import annotations

import io
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from apps.deployments.planning.steps import STEPS
from apps.deployments.planning.values import PARAGRAPHS
from tests.support import keyboard
from tests.support.looks import check_page
from tests.support.sign_picture import photograph

LONG = "A test of this system at this place, with people who agreed to take part and nobody else on the list."
CHOSEN = {"use_case": "[value=crime_hotspot]", "rehearsal": "", "categories": "[value=blue_list]"}
LISTED = {"TS-001": "subject_a_1.jpg", "TS-002": "subject_b_1.jpg"}
COLUMNS = (
    "reference,display_name,category,offence,legal_basis,source_system,source_record,captured_date,"
    "lawfully_held,selected_by,selected_reason,status_checked_at,date_of_birth,consent_reference,"
    "picture_name,expires_at"
)


def sample_list(photos: Path, now: datetime) -> bytes:
    """A ZIP as a planner would prepare it: two people who may be listed, and one row that may not."""
    lines = [COLUMNS]
    for reference in [*LISTED, "TS-003"]:
        category = "blue_list" if reference in LISTED else "suspected"
        picture = LISTED.get(reference, "subject_c_1.jpg")
        lines.append(
            f"{reference},Test subject {reference},{category},,consent,test pictures,{reference},"
            f"{now:%Y-%m-%d},yes,Test Planner,Agreed to take part,{now.isoformat()},,"
            f"CONSENT-{reference},{picture},"
        )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("watchlist.csv", "\n".join(lines))
        for picture in {*LISTED.values(), "subject_c_1.jpg"}:
            archive.write(photos / picture, f"pictures/{picture}")
    return content.getvalue()


def fetch(url: str) -> tuple[int, str]:
    """A real anonymous GET, as the probe of the notices makes it."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, ""


class Journey:
    """`off_loop` calls Django in another thread; `open_as` opens a page as somebody, at `width`."""

    def __init__(self, day: Any, open_as: Any, off_loop: Any, server: Any, width: int, photos: Path) -> None:
        self.day, self.open_as, self.off_loop = day, open_as, off_loop
        self.server, self.width, self.photos = server, width, photos
        self.deployment_id: UUID | None = None

    def at(self, who: str | None, address: str) -> Any:
        """A page of this deployment ("{id}" stands for it), looked at for faults before anything is done."""
        member = self.day.members[who] if who else None
        page = self.open_as(member, address.format(id=self.deployment_id), width=self.width)
        return page

    def look(self, page: Any, name: str) -> None:
        check_page(page, name)

    def press(self, page: Any, words: str) -> None:
        keyboard.press(page, page.get_by_role("button", name=words, exact=True))

    def call(self, operation: Callable[..., Any], **arguments: Any) -> Any:
        return self.off_loop(self.day.call, operation, **arguments)

    # --- before the day -------------------------------------------------------------------------------

    def register_cameras(self) -> None:
        page = self.at("engineer", "/equipment/cameras/new/")
        keyboard.write(page, page.get_by_label("Name of the camera"), "North gate")
        self.press(page, "Register")
        self.look(page, "equipment")

    def plan(self, start: datetime, end: datetime) -> None:
        page = self.at("planner", "/")
        keyboard.press(page, page.get_by_role("link", name="Plan a deployment"))
        self.look(page, "plan-empty")
        self.begin_plan(page, start, end)
        self.deployment_id = UUID(page.url.split("/deployments/")[1].split("/")[0])
        self.look(page, "plan-steps")
        for step in STEPS:
            keyboard.press(page, page.locator(f"main a[href$='/plan/{step}/']").first)
            if self.fill_step(page, step):
                self.press(page, "Save and return to the plan")
            else:
                page.go_back()
        keyboard.press(page, page.locator("main a[href$='/submit/']").first)
        self.look(page, "submit")
        keyboard.choose(page, page.locator("[name=declared]"))
        self.press(page, "Submit for a decision")
        self.look(page, "page-submitted")

    def begin_plan(self, page: Any, start: datetime, end: datetime) -> None:
        typed = {
            "operation": "Operation Lantern",
            "place_name": "Market Square, Exampleton",
            "start_date": f"{start:%Y-%m-%d}",
            "start_time": f"{start:%H:%M}",
            "end_time": f"{end:%H:%M}",
        }
        if end.date() != start.date():
            typed["end_date"] = f"{end:%Y-%m-%d}"
        for name, value in typed.items():
            keyboard.write(page, page.locator(f"[name={name}]"), value)
        self.press(page, "Save and continue")

    def fill_step(self, page: Any, step: str) -> bool:
        """Fill in or choose what the page of one step asks for; False where it asks for nothing."""
        typed = {
            "polygon": "51.8010, -0.2030\n51.8010, -0.2010\n51.8000, -0.2010\n51.8000, -0.2030",
            "max_subjects": "10",
            "sources": "Staff who agreed to take part",
            "footfall": "600",
            "approaches": "High Street\nChurch Lane",
            **{name: LONG for name in PARAGRAPHS if name != "urgent_reason"},
        }
        names = [name for name in STEPS[step].names if name in {*typed, *CHOSEN}]
        for name in names:
            if name in typed:
                keyboard.write(page, page.locator(f"[name={name}]"), typed[name])
            else:
                keyboard.choose(page, page.locator(f"[name={name}]{CHOSEN[name]}"))
        boxes = page.locator("[name=assessments], [name=cameras]").all()
        for each in boxes:
            keyboard.choose(page, each)
        return bool(names or boxes)

    def approve(self) -> None:
        page = self.at("officer", "/")
        self.look(page, "home-waiting")
        keyboard.press(page, page.get_by_role("link", name="Decide"))
        self.look(page, "decide")
        keyboard.choose(page, page.locator("[name=choice][value=approve]"))
        reasons = "Necessary and proportionate for a rehearsal with people who agreed to it."
        keyboard.write(page, page.locator("[name=reasons]"), reasons)
        keyboard.press(page, page.locator("main button[type=submit]").first)
        self.look(page, "page-approved")

    def publish(self, now: datetime) -> str:
        """The notice is out by itself; the probe looks at it from outside. Returns its address."""
        from apps.notices import api as notices

        seen = self.off_loop(
            notices.verify_public,
            deployment_id=self.deployment_id,
            now=now,
            fetch=lambda url: fetch(f"{self.server.address}/{url.split('/', 3)[3]}"),
        )
        assert seen.verified, seen.reason
        page = self.at(None, "/notices/")
        self.look(page, "notices")
        keyboard.press(page, page.get_by_role("link", name="Market Square, Exampleton").first)
        self.look(page, "notice-planned")
        return "/" + page.url.split("/", 3)[3]

    def notice(self, address: str, name: str) -> str:
        """What the public reads now."""
        page = self.at(None, address)
        self.look(page, name)
        return str(page.content())

    # --- the day --------------------------------------------------------------------------------------

    def import_and_seal(self) -> None:
        """A list with one row that may not be on it: nothing is stored before the planner has read why."""
        page = self.at("planner", "/deployments/{id}/list/")
        self.look(page, "list-empty")
        content = sample_list(self.photos, datetime.now(UTC))
        page.locator("input[name=archive]").set_input_files(
            {"name": "list.zip", "mimeType": "application/zip", "buffer": content}
        )
        self.press(page, "Upload and check")
        self.look(page, "list-checking")
        self.run_import()
        page.get_by_role("heading", name="What the check found").wait_for()
        self.look(page, "list-report")
        assert "TS-003" in page.inner_text("main")
        for warning in page.locator("[name=accept_warnings]").all():
            keyboard.choose(page, warning)
        keyboard.choose(page, page.locator("[name=choice][value=without]"))
        self.press(page, "Continue")
        self.run_import()
        page.get_by_role("button", name="Seal the list").wait_for()
        self.look(page, "list-imported")
        self.press(page, "Seal the list")
        self.look(page, "seal-confirm")
        self.press(page, "Seal the list now")
        self.look(page, "list-sealed")

    def run_import(self) -> None:
        """What the worker of the imports queue does."""
        from apps.deployments import api as deployments
        from apps.deployments.tasks import run_import

        job = self.call(deployments.import_job, deployment_id=self.deployment_id)
        self.off_loop(run_import, str(self.day.force.id), str(job.id))

    def accept(self) -> None:
        page = self.at("officer", "/deployments/{id}/list/accept/")
        self.look(page, "accept-list")
        self.press(page, "Accept this list")

    def take_duties(self) -> None:
        for who in ("operator", "engagement"):
            page = self.at(who, "/deployments/{id}/run/")
            keyboard.choose(page, page.locator("[name=duty]").first)
            self.press(page, "Take this duty")
            self.look(page, f"run-{who}")

    def record_checks(self) -> None:
        for who, kinds in {
            "engineer": ("camera_focus", "zone_marked", "blue_list_pass", "clocks_in_sync"),
            "silver": ("staffing",),
        }.items():
            page = self.at(who, "/deployments/{id}/checklist/")
            self.look(page, f"checklist-{who}")
            for kind in kinds:
                page.goto(f"{self.server.address}/deployments/{self.deployment_id}/checklist/?item={kind}")
                keyboard.choose(page, page.locator("[name=result][value=passed]"))
                keyboard.write(page, page.get_by_label("Note"), "Looked at on the spot")
                self.press(page, "Record the result")
        self.photograph_signs(page)

    def photograph_signs(self, page: Any) -> None:
        """Each approach of the authority, as somebody does it with a phone."""
        page.goto(f"{self.server.address}/deployments/{self.deployment_id}/signs/")
        for number in range(1, page.locator(".tasks a[href*=approach]").count() + 1):
            page.goto(f"{self.server.address}/deployments/{self.deployment_id}/signs/?approach={number}")
            keyboard.choose(page, page.locator("[name=result][value=stands]"))
            picture = {"name": "sign.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
            page.get_by_label("Photograph of the sign").set_input_files(picture)
            keyboard.write(page, page.get_by_label("Position"), "51.8005, -0.2020")
            self.press(page, "Record the sign")

    def start(self) -> None:
        page = self.at("silver", "/deployments/{id}/run/")
        self.press(page, "Declare it ready")
        keyboard.press(page, page.get_by_role("link", name="Start recognition"))
        self.look(page, "start-confirm")
        self.press(page, "Start recognition now")
        page.goto(f"{self.server.address}/board/{self.deployment_id}/")
        self.look(page, "board-live")

    def suspend_and_resume(self) -> None:
        page = self.at("operator", "/deployments/{id}/run/")
        keyboard.write(page, page.locator("[name=reason]"), "A sign fell over")
        self.press(page, "Suspend now")
        self.look(page, "run-suspended")
        page = self.at("silver", "/deployments/{id}/run/")
        self.press(page, "Resume recognition")

    def raise_alert(self) -> None:
        """As recognition raises one for the first subject of the list."""
        self.off_loop(_raise_alert, self.day, self.deployment_id, self.photos)

    def decide_twice(self) -> None:
        """Operator, then engagement officer, both with the keyboard alone and on pictures of equal size."""
        self.raise_alert()
        console = self.at("operator", "/console/{id}/")
        card = console.locator("#waiting .card").first
        card.wait_for()
        console.locator("#waiting canvas").nth(1).wait_for()
        assert "0.710" not in card.inner_text()
        self.look(console, "console-operator")
        _same_size(console)
        # A key acts on the alert that has the focus, and on no other.
        console.keyboard.press("j")
        console.keyboard.press("m")
        console.keyboard.press("Enter")
        # The similarity is shown only now that the decision is stored.
        console.get_by_text("0.710, threshold").wait_for()
        console = self.at("engagement", "/console/{id}/")
        console.locator("#waiting .card").first.wait_for()
        self.look(console, "console-engagement")
        _same_size(console)
        console.keyboard.press("j")
        console.keyboard.press("e")
        console.keyboard.press("Enter")
        console.locator("form.outcomes").wait_for()
        self.look(console, "console-outcome")
        keyboard.choose(console, console.locator("[name=outcomes][value=conditions_compliant]"))
        keyboard.reach(console, console.locator("form.outcomes button[type=submit]"))
        console.keyboard.press("Enter")
        console.locator("#history li").first.wait_for()
        link = console.locator("#history").get_by_role("link", name="Record of the stop")
        self.record_the_stop(link.get_attribute("href"))

    def record_the_stop(self, address: str) -> None:
        """They were free to go. Without it the review would ask."""
        page = self.at("engagement", address)
        power = page.get_by_label("By which power were they kept?")
        keyboard.reach(page, power)
        page.keyboard.press("ArrowDown")
        assert power.input_value() == "none"
        for question in ("searched", "force_used"):
            keyboard.choose(page, page.locator(f"[name={question}][value=no]"))
        self.press(page, "Store the record")

    def end(self) -> None:
        page = self.at("silver", "/deployments/{id}/run/?confirm=end")
        self.look(page, "end-confirm")
        keyboard.write(page, page.locator("[name=reason]"), "Planned end of the rehearsal")
        self.press(page, "End the deployment now")

    def review(self) -> None:
        page = self.at("silver", "/deployments/{id}/review/")
        self.look(page, "review")
        findings = "Both test subjects were recognised; one sign has to be heavier."
        keyboard.write(page, page.locator("[name=findings]"), findings)
        self.press(page, "Look at what will be published")
        self.look(page, "review-confirm")
        self.press(page, "Publish the review")
        self.look(page, "page-results")

    def purge(self) -> None:
        """What the purge does by itself every minute, at the clock of now."""
        from apps.core.clock import utc_now
        from apps.retention import api as retention

        self.off_loop(retention.run_due, force_id=self.day.force.id, now=utc_now())

    def record(self, who: str) -> str:
        page = self.at(who, "/records/")
        self.look(page, "records")
        keyboard.press(page, page.locator("main").get_by_role("link", name="LFR-").first)
        self.look(page, "record")
        return str(page.content())


def _same_size(page: Any) -> None:
    """Neither picture may speak louder than the other."""
    faces = page.locator("#waiting .card").first.locator("canvas")
    faces.nth(1).wait_for()
    boxes = [face.bounding_box() for face in faces.all()]
    sizes = {(round(box["width"]), round(box["height"])) for box in boxes}
    assert len(boxes) == 2
    assert len(sizes) == 1, sizes


def _raise_alert(day: Any, deployment_id: UUID, photos: Path) -> None:
    import numpy as np

    from apps.alerts import api as alerts
    from apps.core.clock import utc_now
    from apps.deployments import api as deployments
    from apps.watchlists.models import Subject

    def raised() -> None:
        authority = deployments.get(deployment_id=deployment_id).authority
        now = utc_now()
        alerts.raise_alert(
            deployment_id=deployment_id,
            camera_id=authority.cameras[0].id,
            track_id=uuid4().hex,
            subject_id=Subject.objects.get(reference="TS-001").id,
            cosine_similarity=0.71,
            threshold=authority.threshold,
            captured_at=now - timedelta(milliseconds=300),
            probe_jpeg=(photos / "subject_a_2.jpg").read_bytes(),
            template=np.full(128, 128**-0.5, dtype=np.float32),
            actor=day.system,
            now=now,
        )

    day.call(raised)
