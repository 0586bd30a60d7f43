"""What an urgent authorising officer tries, and why the urgent path itself cannot be walked here."""

from __future__ import annotations

from apps.demo.places import BRIDGE, CENTRE, GREEN
from apps.demo.tour_data import Step, Tour, on, page

URGENT_OFFICER = Tour(
    "urgent-authorising-officer",
    "Urgent authorising officer",
    "You decide when no superintendent can, on plans with grounds for less notice, and on no others.",
    ("urgent",),
    (
        Step(
            "Sign in and look at your home page",
            "Use the urgent officer's name and the password from the terminal.",
            "Nothing waits for you, although a plan waits for an authorising officer: it is an ordinary one.",
            page("desk:home", "Your home page"),
        ),
        Step(
            f"Try to decide on {GREEN.name}",
            "Open the page of the decision.",
            "There is nothing to decide with. An inspector decides on urgent plans only, whatever the hour.",
            on("deployments:decide", "waiting", "Decide"),
        ),
        Step(
            f"See why nothing here can be urgent: {CENTRE.name}",
            "It looks for people wanted for serious offences, and still it cannot be submitted.",
            "A rehearsal is never urgent, and the face model that comes with the platform has evidence for "
            "rehearsals only. So no urgent plan can be approved in this demonstration, and no rule was "
            "loosened to show you one. A force that records evidence enough for its own model gets the path.",
            on("deployments:page", "trial", "The trial"),
        ),
        Step(
            "Walk the urgent path in a terminal instead",
            "Grounds, the inspector's approval, its confirmation in time, late and never, and the refusal "
            "afterwards: these tests walk it with a model that is said to have the evidence.",
            "docs/how-to/authorising-officer.md says what each step does, under “Urgent approvals”.",
            command=".venv/bin/pytest tests/integration/deployments/test_urgent_approvals.py",
        ),
        Step(
            f"Read who decided on {BRIDGE.name}",
            "Open the written authority.",
            "Rank and collar number are those of the moment of the decision. They stand in the PDF too, and "
            "on no public page.",
            on("deployments:authority", "importable", "The written authority"),
        ),
    ),
)
