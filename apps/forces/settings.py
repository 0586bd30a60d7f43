"""Every setting of a force: its words, its bounds, what is checked (docs/reference/force-settings.md).

A deployment is judged by the version in force when it was drafted: `binds` says which settings that is true
of. The others (contacts of the force itself, idle time) apply at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError

from apps.core import outgoing
from apps.forces import districts, wording
from apps.forces.policies import check_documents, is_mail_address

# The categories of domain.md §4 in its order; the last three of the College of Policing's are off by default.
CATEGORIES: Mapping[str, str] = {
    "court_warrant": "Wanted by the courts",
    "suspected": "Suspected of an offence",
    "court_order": "Subject to bail conditions or a court order",
    "missing": "Missing and at increased risk",
    "risk_of_harm": "At risk of harm, to themselves or others",
    "associate": "Associate of somebody in another category",
    "witness": "Witness",
    "victim": "Victim",
    "blue_list": "Blue List: staff who agreed to take part so that the system can be tested",
}
# What may be left out of public pages. Alerts, mismatches, people spoken to and arrests are promised to the
# public (docs/domain.md §3) and cannot be withheld.
WITHHOLDABLE: Mapping[str, str] = {
    "list_subjects": "How many people were on the list",
    "tracks": "How many faces were seen (an estimate)",
    "other_disposals": "How many other results there were, such as a summons",
}
# Languages of the public pages besides English, each with a catalogue in locale/.
LANGUAGES: Mapping[str, str] = {"cy": "Welsh (Cymraeg)"}
MOST_LINES = 20
LONGEST_LINE = 300
LONGEST_ADDRESS = 2_000
MOST_OFFENCES = 200


class Kind(StrEnum):
    NUMBER = "number"
    FLAG = "flag"
    CHOICES = "choices"
    LINES = "lines"
    TEXT = "text"
    DOCUMENTS = "documents"


@dataclass(frozen=True)
class Setting:
    """`low` and `high` bound a number, `unit` is what it counts. `key` is also the column and the field."""

    key: str
    section: str
    kind: Kind
    label: str
    help: str
    default: Any
    low: int = 0
    high: int = 0
    unit: str = ""
    choices: Mapping[str, str] | None = None
    binds: bool = True


@dataclass(frozen=True)
class Section:
    key: str
    title: str
    words: str


SECTIONS = (
    Section("notice", "Notice and results", "What the public knows before, and when it reads what happened."),
    Section("list", "The watchlist", "Who may be listed, how many, and for how long their data is there."),
    Section("day", "The day itself", "Staffing, decisions on alerts, and the trial mode."),
    Section("public", "What the public reads", "Contacts, your own words, documents, and numbers left out."),
    Section("records", "Records and sign-in",
            "How long records are kept, and idle screens. By these years the platform erases the contents of "
            "the audit and free words in records of stops, and deletes decision logs, whole deployments with "
            "their authorities and notices, entries of the membership register, and casework. "
            "A notice says the years that held when it was written."),
)  # fmt: skip


def _number(
    key: str, section: str, label: str, bounds: tuple[int, int, int], unit: str, words: str
) -> Setting:
    low, default, high = bounds
    return Setting(key, section, Kind.NUMBER, label, words, default, low, high, unit)


def _text(key: str, label: str, words: str) -> Setting:
    return Setting(key, "public", Kind.TEXT, label, words, "")


def _years(key: str, label: str, words: str) -> Setting:
    found = _number(key, "records", label, (1, 7, 30), "years", words)
    return Setting(**{**vars(found), "binds": False})


ALL: tuple[Setting, ...] = (
    _number("notice_minimum_days", "notice", "Shortest notice", (1, 7, 60), "days",
            "Days between the page being seen to be public and the start. Seven were announced to "
            "the public."),
    _number("notice_outage_tolerance_minutes", "notice", "Outage of a public page", (1, 30, 240), "minutes",
            "A public page that is away for longer stops the clock of its notice for the whole of "
            "that time."),
    _number("results_deadline_days", "notice", "Results", (1, 5, 30), "days",
            "Days after the end by which the results, mismatches included, are public."),
    Setting("categories", "list", Kind.CHOICES, "Categories",
            "Who may be listed at all. A plan chooses from these. There is no category “other”.",
            ["court_warrant", "suspected", "court_order", "blue_list"], choices=CATEGORIES),
    Setting("serious_offences", "list", Kind.LINES, "Serious offences",
            "One a line. With any here, somebody suspected or wanted may be listed only for one of them, in "
            "the same words. Leave it empty for no such limit.", [], high=MOST_OFFENCES),
    _number("max_watchlist_size", "list", "Largest list", (1, 10_000, 50_000), "people",
            "No plan may ask for more people than this."),
    _number("minimum_picture_quality", "list", "Least picture quality", (30, 30, 80), "of 100",
            "A picture on a list has at least this quality: size, sharpness, pose, light, and how much of "
            "the face is in it. The lowest is what can be compared at all."),
    _number("status_valid_hours", "list", "Still wanted, checked within", (1, 24, 24), "hours",
            "Before a start, everybody's status on the list was checked within this time, or they are left "
            "out."),
    Setting("status_service", "list", Kind.TEXT, "Service that knows the status",
            "An https address that answers who is still wanted. Whoever runs the platform allows its host "
            "and keeps its key. Leave it empty to check by file.", "", binds=False),
    _number("list_window_hours", "list", "List opens", (1, 24, 24), "hours",
            "Hours before the start from which a list may be imported."),
    _number("watchlist_keep_hours", "list", "List deleted", (1, 24, 24), "hours",
            "Hours after the end. The promise to the public is 24 at most."),
    _number("minimum_staffing", "day", "Fewest people on duty", (2, 3, 50), "people",
            "Different people on duty without whom nothing starts. An alert is decided by two."),
    _number("sign_check_minutes", "day", "Signs looked at again", (15, 60, 240), "minutes",
            "Within this time before a start and while recognition runs; after twice this time it stops by "
            "itself."),
    _number("decision_expiry_s", "day", "An alert waits", (15, 60, 600), "seconds",
            "An alert that nobody decides within this time expires, and that always means “no stop”."),
    _number("escalation_s", "day", "An alert nobody is there for", (5, 20, 300), "seconds",
            "After this time, when nobody who may decide on it is at a console, everybody at the deployment "
            "and the silver commander are told. For the first decision, at the latest after half of the "
            "time that an alert waits."),
    Setting("decoys", "day", Kind.FLAG, "Decoys",
            "Now and then operators are asked about two pictures of the Blue List, to see whether they look. "
            "Never while an alert is open; nobody can be sent; it is said as soon as they have decided.",
            False),
    _number("decoy_minutes", "day", "Decoys, about every", (10, 60, 480), "minutes",
            "Only where decoys are on. The time between two of them is half to one and a half of this."),
    _number("dispatch_minutes", "day", "A match waits", (5, 30, 120), "minutes",
            "An alert that an operator called a match and no engagement officer decides on within this time "
            "expires, and that always means “no stop”."),
    _number("engagement_minutes", "day", "An engagement lasts", (2, 10, 60), "minutes",
            "After this time without an end or an outcome the officer, their colleagues and the silver "
            "commander are told."),
    _number("receipt_days", "day", "A receipt is good for", (30, 90, 365), "days",
            "The address on the receipt of somebody who was spoken to dies after this time."),
    _number("alert_keep_hours", "day", "Alert deleted", (1, 24, 24), "hours",
            "Hours after an alert in which its picture and template go. The promise is 24 at most."),
    Setting("trial_mode", "day", Kind.FLAG, "Trial mode",
            "Nothing is submitted until the last deployment is reviewed and its results are public.", False),
    _number("urgent_confirmation_hours", "day", "Urgent approvals confirmed within", (1, 24, 48), "hours",
            "By an authorising officer, in this time; recognition stops by itself when it has passed."),
    _text("contact_data_protection", "Data protection contact",
          "Your data protection officer: an address, a telephone number or an e-mail address."),
    _text("contact_access", "Access requests", "Where somebody asks whether they were listed."),
    _text("contact_complaints", "Complaints", "Where somebody complains about what an officer did."),
    _text("contact_ico", "Information Commissioner",
          "Shown beside the telephone number of the Commissioner, such as your registration number."),
    Setting("contact_lines", "public", Kind.LINES, "Other contacts", "One a line.", [], high=MOST_LINES),
    Setting("notice_paragraphs", "public", Kind.LINES, "In your own words",
            f"One paragraph a line, {wording.MOST_PARAGRAPHS} at most, plain text. They stand on each notice "
            "and cannot contradict what it promises.", [], high=wording.MOST_PARAGRAPHS),
    Setting("withheld_counts", "public", Kind.CHOICES, "Numbers not shown to the public",
            "The pages say that a number is withheld. Alerts, mismatches, people spoken to and arrests are "
            "always shown.",
            [], choices=WITHHOLDABLE),
    Setting("oversight_lines", "public", Kind.LINES, "Who watches over it",
            "The oversight body, its next meeting and its webcast. One a line.", [], high=MOST_LINES),
    Setting("oversight_email", "public", Kind.TEXT, "E-mail of the oversight body",
            "It is told here when a notice is published, changed or called off. Never shown to the public.",
            "", binds=False),
    Setting("documents", "public", Kind.DOCUMENTS, "Assessments and policy",
            "One a line: the title, a space, and the address that starts with https://", [], high=MOST_LINES),
    Setting("languages", "public", Kind.CHOICES, "Languages besides English",
            "The public pages offer them beside English. What the force itself writes stays as it was "
            "written.",
            [], choices=LANGUAGES, binds=False),
    Setting("districts", "public", Kind.LINES, "Districts to subscribe to",
            "Parts of your area that readers can choose for mails. One a line: a name, latitude and "
            "longitude of its middle, kilometres around it (2 to 60), such as “Watford, 51.656, -0.396, 6”. "
            "Without any, a subscription is to all of your area.",
            [], high=districts.MOST_DISTRICTS, binds=False),
    _years("decision_log_years", "Decision log",
           "Decisions, times and people, without biometrics. The log of a deployment is deleted these years "
           "after everything about it was finished, and free words in records of stops no later than that."),
    _years("authority_years", "Authorities and notices",
           "Plans, approvals, notices with their results, records. All of a deployment is deleted together "
           "these years after everything about it was finished, but never before its decision log; an "
           "assessment once no plan that is kept names it, these years after its last day in force. Casework "
           "(hours, results of arrests, complaints, breaches, requests) is deleted these years after it was "
           "entered or closed."),
    _years("audit_years", "Audit", "Who did what. The chain still verifies when its contents are erased."),
    _years("register_years", "Membership register",
           "Answers “was I listed?”; holds no biometric. An entry is deleted these years after somebody's "
           "time on a list ended."),
    Setting("idle_minutes", "records", Kind.NUMBER, "Idle time-out",
            "Minutes without a request until somebody is signed out.", 30, 5, 60, "minutes", binds=False),
)  # fmt: skip
BY_KEY: Mapping[str, Setting] = {setting.key: setting for setting in ALL}


def defaults() -> dict[str, Any]:
    return {
        setting.key: list(setting.default) if isinstance(setting.default, list) else setting.default
        for setting in ALL
    }


def binding() -> tuple[Setting, ...]:
    """Those that bind deployments drafted from now on; the others apply at once."""
    return tuple(setting for setting in ALL if setting.binds)


def of_section(section: str) -> tuple[Setting, ...]:
    return tuple(setting for setting in ALL if setting.section == section)


def problems(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with these values, by key, in words that say what to do; empty when nothing is.

    A key that is no setting is a mistake of the caller: KeyError.
    """
    found = {key: CHECKS[BY_KEY[key].kind](BY_KEY[key], value) for key, value in values.items()}
    return {key: reasons for key, reasons in found.items() if reasons}


def _check_number(setting: Setting, value: Any) -> list[str]:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return [] if whole and setting.low <= value <= setting.high else [number_words(setting)]


def number_words(setting: Setting) -> str:
    bounds = f"from {setting.low} to {setting.high:,} {setting.unit}"
    return f"{setting.label}: choose a whole number {bounds}."


def _check_flag(setting: Setting, value: Any) -> list[str]:
    return [] if isinstance(value, bool) else [f"{setting.label}: choose on or off."]


def _check_choices(setting: Setting, value: Any) -> list[str]:
    choices = setting.choices or {}
    if not isinstance(value, list | tuple | frozenset) or any(code not in choices for code in value):
        return [f"{setting.label}: choose from the list only."]
    if setting.key == "categories" and not value:
        return [f"{setting.label}: choose at least one. Without one no plan can be submitted."]
    return []


def _check_lines(setting: Setting, value: Any) -> list[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(x, str) and x.strip() for x in value):
        return [f"{setting.label}: write lines of text."]
    if setting.key == "notice_paragraphs":
        return wording.problems(list(value))
    if len(value) > setting.high:
        return [f"{setting.label}: write at most {setting.high} lines."]
    if any(len(line) > LONGEST_LINE for line in value):
        return [f"{setting.label}: a line has at most {LONGEST_LINE} characters. Shorten the longest."]
    if problems := _words(setting, value):
        return problems
    if setting.key == "districts" and (problems := districts.problems(value)):
        return [f"{setting.label}: {problem}" for problem in problems]
    folded = [" ".join(line.casefold().split()) for line in value]
    if len(set(folded)) != len(folded):
        return [f"{setting.label}: a line stands there twice. Take one away."]
    return []


def _check_text(setting: Setting, value: Any) -> list[str]:
    if not isinstance(value, str) or len(value) > LONGEST_LINE:
        return [f"{setting.label}: write plain text of at most {LONGEST_LINE} characters."]
    if setting.key == "status_service" and value and not outgoing.may_be_asked(value):
        problem = outgoing.form_problem(value) or (
            "This host is not allowed. Whoever runs the platform can change that (LFR_SERVICE_HOSTS)."
        )
        return [f"{setting.label}: {problem[:1].lower()}{problem[1:]}"]
    if setting.key == "oversight_email" and value and not is_mail_address(value):
        return [f"{setting.label}: write one address, like oversight@county.example."]
    return _words(setting, [value])


def _words(setting: Setting, texts: Iterable[str]) -> list[str]:
    """What is wrong with words of the force that others read, each thing once."""
    found = dict.fromkeys(problem for text in texts for problem in wording.line_problems(text))
    return [f"{setting.label}: {problem}" for problem in found]


def _check_documents(setting: Setting, value: Any) -> list[str]:
    try:
        check_documents(value)
    except ValidationError as problem:
        return [f"{setting.label}: {message}" for message in problem.messages]
    if len(value) > setting.high:
        return [f"{setting.label}: name at most {setting.high}."]
    if any(len(title) > LONGEST_LINE or len(address) > LONGEST_ADDRESS for title, address in value):
        return [
            f"{setting.label}: a title has at most {LONGEST_LINE} characters, an address {LONGEST_ADDRESS}."
        ]
    return _words(setting, [title for title, _ in value])


CHECKS: Mapping[Kind, Callable[[Setting, Any], list[str]]] = {
    Kind.NUMBER: _check_number,
    Kind.FLAG: _check_flag,
    Kind.CHOICES: _check_choices,
    Kind.LINES: _check_lines,
    Kind.TEXT: _check_text,
    Kind.DOCUMENTS: _check_documents,
}


def say(setting: Setting, value: Any) -> str:
    """The value in words, for a summary and for a difference."""
    match setting.kind:
        case Kind.NUMBER:
            unit = setting.unit if value != 1 else {"people": "person"}.get(setting.unit, setting.unit[:-1])
            return f"{value:,} {unit}"
        case Kind.FLAG:
            return "On" if value else "Off"
        case Kind.CHOICES:
            chosen = [words for code, words in (setting.choices or {}).items() if code in value]
            return " · ".join(chosen) or "None"
        case Kind.TEXT:
            return value or "Not given"
        case Kind.DOCUMENTS:
            return " · ".join(f"{title} ({address})" for title, address in value) or "None"
        case Kind.LINES:
            return " · ".join(value) or "None"


def say_all(values: Mapping[str, Any]) -> dict[str, str]:
    """Each of all settings in words, by key; where another one limits it, what holds then."""
    said = {key: say(setting, values[key]) for key, setting in BY_KEY.items()}
    first_s = first_told_after_s(values["escalation_s"], values["decision_expiry_s"])
    if first_s < values["escalation_s"]:
        said["escalation_s"] += f"; for the first decision {first_s:g} seconds, half of what an alert waits"
    return said


def first_told_after_s(escalation_s: int, decision_expiry_s: int) -> float:
    """Seconds after which an alert escalates for which no operator is there. Whatever the force chose: who is
    told after the alert's own time is over can do nothing any more."""
    return min(escalation_s, decision_expiry_s / 2)


def normal(setting: Setting, value: Any) -> Any:
    """The value as it is stored: JSON, in one order, so that equal settings are equal text."""
    match setting.kind:
        case Kind.CHOICES:
            return [code for code in (setting.choices or {}) if code in value]
        case Kind.LINES:
            return [str(line).strip() for line in value]
        case Kind.DOCUMENTS:
            return [[title, address] for title, address in value]
        case Kind.TEXT:
            return str(value).strip()
        case Kind.NUMBER | Kind.FLAG:
            return value
