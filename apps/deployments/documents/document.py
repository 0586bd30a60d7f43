"""The written authority as one PDF, made from the content that was hashed and from the decision on it.

What was decided and done by the time it is made stands in it; whether the approval still holds is for the
check page to say. The page of the authority shows the same rows (`decision_rows`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from apps.core.area import Area
from apps.core.typesetting import qr_svg, typeset
from apps.core.wording import say_moment, say_role, say_window
from apps.deployments import queries
from apps.deployments.assessment_queries import chosen_assessments
from apps.deployments.data import Authority, ConditionData, DecisionData, DeploymentData
from apps.deployments.documents.before import ending, last_approval
from apps.deployments.documents.drawing import draw
from apps.deployments.pages.labels import CATEGORY_LABELS, NEARBY_LABELS, URGENT_LABELS, use_case_labels
from apps.deployments.rules.assessments import Chosen
from apps.forces.data import ForceData

TEMPLATE = "deployments/authority.typ"
NOT_WRITTEN = "Not written yet."
CONFIRMED = "confirm"
CONFIRMATIONS = frozenset({CONFIRMED, "refuse_unstarted", "refuse_running", "refuse_afterwards"})
Section = dict[str, Any]


@dataclass(frozen=True)
class Document:
    """What the file is made from. `approval` is None for a text that nobody approved."""

    deployment: DeploymentData
    force_name: str
    approval: DecisionData | None
    narrowings: tuple[DecisionData, ...]
    conditions: tuple[ConditionData, ...]
    # Of an urgent approval: who confirmed it or refused it afterwards.
    confirmation: DecisionData | None = None
    assessments: tuple[Chosen, ...] = ()
    # How the approval ended, where it did.
    ending: DecisionData | None = None


def document_of(*, deployment_id: UUID, force: ForceData) -> Document:
    """Raises NotFound."""
    return document_on(queries.get(deployment_id=deployment_id), force=force)


def document_on(deployment: DeploymentData, *, force: ForceData) -> Document:
    """The same, of a deployment that was read already."""
    assessed = chosen_assessments(deployment.authority)
    log = queries.decisions(deployment_id=deployment.id)
    last = last_approval(log, queries.conditions(deployment_id=deployment.id))
    if deployment.approved_hash is None or last is None:
        return Document(deployment, force.name, None, (), (), assessments=assessed)
    answers = [row for row in log if row.kind in CONFIRMATIONS and row.decided_at >= last.decision.decided_at]
    return Document(
        deployment=deployment,
        force_name=force.name,
        approval=last.decision,
        narrowings=last.narrowings,
        conditions=last.conditions,
        confirmation=answers[-1] if answers else None,
        assessments=assessed,
        ending=ending(log, since=last.decision.decided_at),
    )


def render(document: Document) -> bytes:
    """The PDF: the same bytes for the same document."""
    deployment, authority = document.deployment, document.deployment.authority
    with override(settings.LANGUAGE_CODE):  # the words of the drawing follow the reader's language elsewhere
        drawing = draw(authority.polygon)
    at = document.approval.decided_at if document.approval else deployment.created_at
    return typeset(
        TEMPLATE,
        at=at,
        source=authority.canonical_json(),
        qr=qr_svg(check_address(deployment.authority_hash)),
        map="" if drawing is None else _drawn(drawing),
        data={
            "force": document.force_name,
            "reference": deployment.reference,
            "place": authority.place_name or "No place yet",
            "planner": deployment.planner_label,
            "hash": deployment.authority_hash,
            "check": check_address(),
            "approved": document.approval is not None,
            "decision": decision_rows(document),
            "conditions": [[each.text, condition_words(each)] for each in document.conditions],
            "rehearsal": authority.rehearsal,
            "map_words": "" if drawing is None else drawing.words,
            "sections": sections(authority, document.assessments),
        },
    )


def check_address(content_hash: str = "") -> str:
    """The page on which anybody can check, with the fingerprint filled in."""
    page = str(settings.LFR_PUBLIC_BASE_URL).rstrip("/") + reverse("deployments:authority-check")
    return f"{page}?fingerprint={content_hash}" if content_hash else page


def _drawn(drawing: Area) -> str:
    """The outline, north up, with its corners numbered as they are listed below it."""
    numbers = "".join(
        f'<text x="{corner.label_x}" y="{corner.label_y + 9}" font-family="Libertinus Serif" font-size="28"'
        f' text-anchor="middle">{corner.number}</text>'
        for corner in drawing.corners
        if drawing.numbered
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}">'
        f'<polygon points="{drawing.outline}" fill="#e6e6e6" stroke="#000" stroke-width="3"/>{numbers}</svg>'
    )


def decision_rows(document: Document) -> list[list[str]]:
    """What was decided, by whom, and what followed, each as a label with its text. Empty without approval."""
    approval = document.approval
    if approval is None:
        return []
    rows = [
        ["Approved by", f"{approval.actor_label}, {say_role(approval.role)}"],
        ["Rank and number", officer_words(approval)],
        ["On", say_moment(approval.decided_at)],
        ["Text approved", approval.content_hash],
        ["Decision", "approved with conditions, see below" if document.conditions else "approved"],
        ["Reasons", approval.reasons],
    ]
    rows += _confirmation(document)
    for row in document.narrowings:
        rows.append(
            ["Narrowed", f"on {say_moment(row.decided_at)} by {row.actor_label}: {row.reasons}"],
        )
    return rows


def officer_words(decision: DecisionData) -> str:
    """Rank and collar number, as they were on record when it was decided."""
    if not decision.rank and not decision.collar_number:
        return "not recorded with this decision"
    rank = decision.rank or "no rank on record then"
    number = (
        f"collar number {decision.collar_number}" if decision.collar_number else "no number on record then"
    )
    return f"{rank}, {number}"


def _confirmation(document: Document) -> list[list[str]]:
    """What became of an urgent approval by an officer below superintendent."""
    answer, due = document.confirmation, document.deployment.confirm_by
    if answer is not None:
        what = "Confirmed" if answer.kind == CONFIRMED else "Refused afterwards"
        who = f"{answer.actor_label} ({officer_words(answer)})"
        return [[what, f"on {say_moment(answer.decided_at)} by {who}: {answer.reasons}"]]
    if due is None:
        return []
    return [["To be confirmed", f"by an authorising officer, by {say_moment(due)}; recognition stops then"]]


def condition_words(condition: ConditionData) -> str:
    """How it stands, for instance "Met on … by …: the school agreed"."""
    if condition.met_at is not None:
        return f"Met on {say_moment(condition.met_at)} by {condition.met_by}: {condition.note}"
    if condition.lapsed_at is not None:
        return f"Not met; it lapsed with its approval on {say_moment(condition.lapsed_at)}."
    return "Open: recognition cannot start before it is met."


def sections(authority: Authority, assessments: Sequence[Chosen]) -> list[Section]:
    """The whole content in the order of the document, each part with its heading; nothing is left out."""
    means = _means(authority, assessments)
    return [*_reasons(authority), *_place(authority), *_list_rules(authority), *means]


def _reasons(a: Authority) -> list[Section]:
    return [
        _facts(
            "What and when",
            ("Operation", a.operation),
            ("Use case", use_case_labels(rehearsal=a.rehearsal).get(a.use_case, a.use_case)),
            ("Window", say_window(a.window_start, a.window_end)),
            ("Starts by", _moment(a.starts_by) or "the end of the window"),
            ("Urgent", URGENT_LABELS.get(a.urgent_grounds, a.urgent_grounds) or "no"),
            ("Why urgent", a.urgent_reason),
            ("Kind", "rehearsal, Blue List only" if a.rehearsal else "operational"),
        ),
        _text("Policing purpose", a.policing_purpose),
        _text("Necessity", a.necessity),
        _text("Proportionality", a.proportionality),
        _text("Less intrusive means considered", a.less_intrusive_means),
        _text("Collateral intrusion", a.collateral_intrusion),
        _list("Legal bases", a.legal_bases),
    ]


def _place(a: Authority) -> list[Section]:
    near = [NEARBY_LABELS.get(code, code) for code in a.nearby]
    return [
        _text("Why this place", a.place_reason),
        {"title": "Area", "kind": "area", "items": _points(a.polygon)},
        *(_list(f"Alternative place: {place.name}", _points(place.polygon)) for place in a.alternatives),
        _list("What is near", near, "Nothing that is flagged"),
        _text("What is done about it", a.nearby_measures),
    ]


def _list_rules(a: Authority) -> list[Section]:
    return [
        _list("Who may be listed", [CATEGORY_LABELS.get(code, code) for code in a.categories]),
        _text("Criteria of the list", a.criteria),
        _list("Sources of the pictures", a.sources),
        _text("Children and vulnerable people", a.vulnerable),
    ]


def _means(a: Authority, assessments: Sequence[Chosen]) -> list[Section]:
    return [
        _list(
            "Cameras and zones of recognition",
            [_camera(c.name, c.zone) + _far(c.far_face) for c in a.cameras],
        ),
        _facts(
            "Recognition",
            ("Largest list", f"{a.max_subjects:,} people"),
            ("Expected to pass", f"{a.footfall:,} people" if a.footfall else ""),
            ("Recognition model", a.pack_id),
            ("Threshold", f"cosine similarity {a.threshold:g} or more; it is no percentage"),
        ),
        _list("Assessments", [_assessment(each) for each in assessments]),
        _list("Approaches, each with a sign", a.approaches),
        _text("Signage plan", a.signage_plan),
        _text("Engagement plan", a.engagement_plan),
        _text("Resourcing plan", a.resourcing_plan),
    ]


def _assessment(each: Chosen) -> str:
    """The file is named by its hash: title and days are what is on record about it."""
    kind = each.kind_words[:1].upper() + each.kind_words[1:]
    days = f", {each.in_force}" if each.in_force else ""
    return f"{kind}: {each.name}{days}. SHA-256 {each.ref.sha256}"


def _moment(instant: datetime | None) -> str:
    return "" if instant is None else say_moment(instant)


def _text(title: str, text: str) -> Section:
    paragraphs = [" ".join(part.split()) for part in text.splitlines() if part.strip()]
    return {"title": title, "kind": "text", "items": paragraphs or [NOT_WRITTEN]}


def _list(title: str, items: Iterable[str], empty: str = "None named.") -> Section:
    found = [" ".join(item.split()) for item in items]
    return {"title": title, "kind": "list", "items": found or [empty]}


def _facts(title: str, *pairs: tuple[str, str]) -> Section:
    return {"title": title, "kind": "facts", "items": [list(pair) for pair in pairs if pair[1]]}


def _points(polygon: Sequence[Sequence[float]]) -> list[str]:
    return [f"latitude {latitude}, longitude {longitude}" for latitude, longitude in polygon]


def _far(far_face: float | None) -> str:
    return "" if far_face is None else f"; a face at the far edge is {far_face * 100:g}% of the picture wide"


def _camera(name: str, zone: Sequence[Sequence[float]]) -> str:
    if not zone:
        return f"{name}: the whole picture"
    corners = ", ".join(f"{x * 100:g}% from the left and {y * 100:g}% from the top" for x, y in zone)
    return f"{name}: inside the line that joins {corners}"
