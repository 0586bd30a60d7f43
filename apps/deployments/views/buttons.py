"""The buttons of a deployment: several steps share a page, and the first that can be taken stands out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from apps.deployments.data import Action, Step

# (steps that the page takes, words, page); the order is that of the day.
PAGES: tuple[tuple[tuple[Step, ...], str, str], ...] = (
    ((Step.SUBMIT,), "Check and submit", "submit"),
    ((Step.APPROVE, Step.RETURN, Step.REFUSE), "Read and decide", "decide"),
    ((Step.CONFIRM, Step.REFUSE_AFTERWARDS), "Confirm the urgent approval", "confirm"),
    ((Step.MEET_CONDITION,), "Meet the conditions", "conditions"),
    ((Step.IMPORT_LIST, Step.SEAL_LIST), "Import and seal the list", "watchlist"),
    ((Step.ACCEPT_LIST,), "Accept the sealed list", "accept-list"),
    ((Step.CHECK, Step.MAKE_READY), "Checklist", "checklist"),
    ((Step.START, Step.SUSPEND, Step.RESUME, Step.END), "Run the deployment", "run"),
    ((Step.REVIEW,), "Write the review", "review"),
    ((Step.EDIT, Step.NARROW), "Change the plan", "plan"),
    ((Step.CANCEL,), "Cancel the deployment", "cancel"),
    ((Step.REVOKE,), "Revoke the approval", "revoke"),
)
STOPPING = frozenset({"revoke"})
PLAIN = frozenset({"plan", "cancel"})


@dataclass(frozen=True)
class Button:
    action: Action
    label: str
    url: str
    kind: str


def buttons(actions: Mapping[Step, Action], deployment_id: UUID, *, is_returned: bool) -> list[Button]:
    """One button a page, shown when one of its steps is; possible when one of its steps is.

    What an officer returned is changed first: submitting it is the second thought.
    """
    found: list[Button] = []
    for steps, label, name in sorted(PAGES, key=lambda page: is_returned and page[2] != "plan"):
        shown = [actions[step] for step in steps if actions[step].shown]
        if not shown:
            continue
        action = next((candidate for candidate in shown if candidate.allowed), shown[0])
        if name == "submit" and action.reasons:
            # Its page lists everything that is missing, each with a link to where it is put right.
            action, label = Action(Step.SUBMIT, shown=True), "See what is missing"
        found.append(
            Button(
                action,
                label,
                reverse(f"deployments:{name}", args=[deployment_id]),
                "primary" if is_returned and name == "plan" else _kind(name, found),
            )
        )
    return found


def _kind(name: str, before: list[Button]) -> str:
    if name in STOPPING:
        return "stop"
    taken = any(button.kind == "primary" and button.action.allowed for button in before)
    return "secondary" if taken or name in PLAIN else "primary"
