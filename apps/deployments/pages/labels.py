"""Labels for codes of the deployments app on officers' pages. `words.py` has those used inside sentences; the
public pages have their own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apps.deployments.data import AssessmentKind, CheckKind, Duty, Nearby, UrgentGrounds, UseCase
from apps.watchlists.data import Category

USE_CASE_LABELS: Mapping[str, str] = MappingProxyType(
    {
        UseCase.CRIME_HOTSPOT: "Crime hotspot: a place where serious crime happens more often than elsewhere",
        UseCase.PROTECTIVE_SECURITY: "Protective security: a place or an event is protected",
        UseCase.SPECIFIC_INTELLIGENCE: "Specific intelligence: somebody looked for is likely to be there",
    }
)

# A test says nothing about the place: it is not one where crime is expected, and nobody is looked for.
REHEARSAL_USE_CASE_LABELS: Mapping[str, str] = MappingProxyType(
    {
        UseCase.CRIME_HOTSPOT: "Test of the system as for a crime hotspot; it says nothing about this place",
        UseCase.PROTECTIVE_SECURITY: "Test of the system as for protective security; no threat is known",
        UseCase.SPECIFIC_INTELLIGENCE: "Test of the system as for specific intelligence; nobody is wanted",
    }
)

CATEGORY_LABELS: Mapping[str, str] = MappingProxyType(
    {
        Category.COURT_WARRANT: "Wanted by the courts",
        Category.SUSPECTED: "Suspected of an offence",
        Category.COURT_ORDER: "Subject to bail conditions or a court order",
        Category.MISSING: "Missing and at increased risk",
        Category.RISK_OF_HARM: "At risk of harm, to themselves or others",
        Category.ASSOCIATE: "Associate of somebody in another category",
        Category.WITNESS: "Witness",
        Category.VICTIM: "Victim",
        Category.BLUE_LIST: "Blue List: staff who agreed to take part so that the system can be tested",
    }
)

NEARBY_LABELS: Mapping[str, str] = MappingProxyType(
    {
        Nearby.WORSHIP: "A place of worship",
        Nearby.SCHOOL: "A school, a nursery or a place where children are",
        Nearby.HEALTH: "A hospital, a surgery or other health premises",
        Nearby.PROTEST: "A protest or an assembly, announced or usual there",
    }
)

URGENT_LABELS: Mapping[str, str] = MappingProxyType(
    {
        UrgentGrounds.IMMINENT_THREAT: "An imminent threat to life or of serious harm",
        UrgentGrounds.TIME_LIMITED_INTELLIGENCE: (
            "Intelligence that holds for a limited time and is serious enough"
        ),
    }
)

ASSESSMENT_LABELS: Mapping[str, str] = MappingProxyType(
    {
        AssessmentKind.DPIA: "Data protection impact assessment",
        AssessmentKind.EIA: "Equality impact assessment",
        AssessmentKind.CIA: "Community impact assessment",
        AssessmentKind.BIAS: "Evidence on bias of the recognition model",
    }
)

# Parts of an authority, in the order of the document.
FIELD_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "operation": "operation",
        "place_name": "name of the place",
        "window": "date and times",
        "starts_by": "latest start",
        "use_case": "use case",
        "rehearsal": "rehearsal or not",
        "urgent_grounds": "grounds for urgency",
        "urgent_reason": "reason for urgency",
        "policing_purpose": "policing purpose",
        "place_reason": "why this place",
        "alternatives": "alternative places",
        "nearby": "what is near",
        "nearby_measures": "what is done about what is near",
        "necessity": "necessity",
        "proportionality": "proportionality",
        "less_intrusive_means": "less intrusive means considered",
        "collateral_intrusion": "collateral intrusion",
        "legal_bases": "legal bases",
        "criteria": "criteria of the list",
        "categories": "who may be listed",
        "sources": "sources of the pictures",
        "max_subjects": "maximum size of the list",
        "vulnerable": "children and vulnerable people",
        "polygon": "area",
        "cameras": "cameras and their zones",
        "pack_id": "recognition model",
        "threshold": "threshold",
        "footfall": "people expected to pass",
        "assessments": "assessments",
        "approaches": "approaches with a sign",
        "signage_plan": "signage plan",
        "engagement_plan": "engagement plan",
        "resourcing_plan": "resourcing plan",
    }
)

REVISION_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "drafted": "First draft",
        "edited": "Edited",
        "narrowed": "Narrowed: the approval still holds",
        "widened": "Widened: the approval lapsed",
    }
)

# The decision log.
DECISION_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "submit": "Submitted for a decision",
        "return": "Returned to the planner",
        "refuse": "Refused",
        "approve": "Approved",
        "publish_notice": "Notice published",
        "seal_list": "List sealed",
        "accept_list": "Sealed list accepted",
        "make_ready": "Made ready to start",
        "start": "Started",
        "suspend": "Suspended",
        "resume": "Resumed",
        "end": "Ended",
        "end_at_window_close": "Ended by itself with the authorised window",
        "review": "Reviewed",
        "publish_results": "Results published",
        "void": "Approval lapsed: the plan was widened",
        "cancel": "Cancelled",
        "revoke": "Revoked",
        "confirm": "Urgent approval confirmed",
        "refuse_unstarted": "Urgent approval refused afterwards, before it started",
        "refuse_running": "Urgent approval refused afterwards: it ended",
        "refuse_afterwards": "Urgent approval refused afterwards, when it had ended",
        "meet_condition": "Condition met",
        "expire": "Not started in time",
        "narrow": "Narrowed",
    }
)

DUTY_LABELS: Mapping[str, str] = MappingProxyType(
    {
        Duty.PLANNER: "Planner",
        Duty.AUTHORISING: "Authorising officer",
        Duty.SILVER: "Silver commander",
        Duty.OPERATOR: "Operator",
        Duty.ENGAGEMENT: "Engagement officer",
        Duty.ENGINEER: "System engineer",
    }
)

CHECK_LABELS: Mapping[str, str] = MappingProxyType(
    {
        CheckKind.CAMERA_FOCUS: "Focus, angle and light of each camera",
        CheckKind.ZONE_MARKED: "Zone of recognition marked",
        CheckKind.BLUE_LIST_PASS: "Blue List walk: somebody is ready, the way is agreed",
        CheckKind.MODEL_MATCHES: "Model as authorised",
        CheckKind.WATCHLIST_MATCHES: "List as accepted",
        CheckKind.CLOCKS_IN_SYNC: "Clocks in step",
        CheckKind.SIGNAGE: "Signs on every approach",
        CheckKind.STAFFING: "Staffing",
    }
)

CHECK_HINTS: Mapping[str, str] = MappingProxyType(
    {
        CheckKind.CAMERA_FOCUS: "Look through each camera: faces are sharp, level and lit.",
        CheckKind.ZONE_MARKED: "The zone in each camera covers the authorised area and nothing beyond it.",
        CheckKind.BLUE_LIST_PASS: (
            "Before the start: somebody on the list who agreed to it is ready, and their way past each "
            "camera is agreed. They walk past right after the start. If no alert comes, record this as "
            "failed: that suspends the deployment."
        ),
        CheckKind.MODEL_MATCHES: (
            "Worked out by the platform: the list was made with the authorised model, and the evidence "
            "recorded for that model allows this deployment. Nobody can tick it."
        ),
        CheckKind.WATCHLIST_MATCHES: (
            "Worked out by the platform: the sealed list is exactly the one that an authorising officer "
            "accepted. Nobody can tick it."
        ),
        CheckKind.CLOCKS_IN_SYNC: "Cameras, van and server show the same time.",
        CheckKind.SIGNAGE: "Walk every approach: a sign stands before the zone, upright and readable.",
        CheckKind.STAFFING: (
            "Operators and engagement officers with current training are here, and enough. Each of them has "
            "taken their duty on the page for running it: without that it cannot be recorded as passed."
        ),
    }
)


def use_case_labels(*, rehearsal: bool) -> Mapping[str, str]:
    return REHEARSAL_USE_CASE_LABELS if rehearsal else USE_CASE_LABELS
