"""What planner, authorising officer and commander try: one deployment, from hand to hand."""

from __future__ import annotations

from apps.demo.places import BRIDGE, CENTRE, GREEN, PARADE, TITHE, WHARF
from apps.demo.plan import RIVERSIDE
from apps.demo.tour_data import Step, Tour, notice_of, on, page

PLANNER = Tour(
    "planner",
    "Planner",
    "You draft deployments, choose who is looked for, and hand every decision to somebody else.",
    ("planner",),
    (
        Step(
            "Sign in and look at your home page",
            "Use the planner's name and the password from the terminal.",
            "Your drafts come first, then what waits for others, and for whom. Nothing has to be remembered.",
            page("desk:home", "Your home page"),
        ),
        Step(
            f"Finish the draft for {TITHE.name}",
            "See what is missing, change the plan, write the two texts, and submit it.",
            "Everything that is missing is listed at once, and the button says why it cannot be pressed. "
            "Once submitted, the page says whom it waits for: never you.",
            on("deployments:page", "draft", "The draft"),
        ),
        Step(
            f"Answer an officer at {PARADE.name}",
            "This plan came back. Read the reasons, move it to another day, and submit it again.",
            "The reasons stay with the plan, and so does every version of it.",
            on("deployments:page", "returned", "The returned plan"),
        ),
        Step(
            f"Try to submit the first trial in {CENTRE.name}",
            "It looks for people wanted for serious offences. Everything is written, and still it cannot go.",
            "The face model that comes with the platform has not been measured well enough for anything "
            "but rehearsals with staff who agreed. No button and no role gets around that.",
            on("deployments:submit", "trial", "What is missing"),
        ),
        Step(
            "Fetch a sample list",
            "A ZIP with a table and four pictures of test subjects. Only a signed-in planner can fetch it.",
            "It is made while you wait and kept nowhere.",
            page("demo:sample-list", "sample-list.zip"),
        ),
        Step(
            f"Import it for {BRIDGE.name}",
            "Its notice has been public for nine days and its window has begun, so it is late. Choose the "
            "ZIP, and wait for the check. You may close the page meanwhile.",
            "One row is refused, with the reason: its category does not exist. One picture lay on its side "
            "and was turned, another is small: both wait for your word. Until you confirm, nobody is on "
            "any list.",
            on("deployments:watchlist", "importable", "Import the list"),
        ),
        Step(
            "Seal the list",
            "Confirm the import, then seal it; you are asked once more.",
            "After the seal nobody can be added, and it waits for an authorising officer. Go on as that "
            "officer, in another browser or a private window.",
            on("deployments:page", "importable", BRIDGE.name),
        ),
    ),
)

AUTHORISING_OFFICER = Tour(
    "authorising-officer",
    "Authorising officer",
    "You decide, in writing, and you can end a deployment at any moment.",
    ("authoriser",),
    (
        Step(
            "Sign in and see what waits for your decision",
            "Use the authorising officer's name and the password from the terminal.",
            "What is to be decided and what is to be confirmed stand apart.",
            page("desk:home", "Your home page"),
        ),
        Step(
            f"Decide on {GREEN.name}",
            "Read the whole authority, then approve it, return it, or refuse it. Each needs written reasons.",
            "You approve exactly what you read. Had the planner changed a word meanwhile, you would be "
            "asked to read it again.",
            on("deployments:decide", "waiting", "Decide"),
        ),
        Step(
            "Look for something urgent",
            "There is none to decide on or to confirm, and none can be made here.",
            "Urgent approvals need a face model with evidence enough for operations, and none is installed. "
            "The page of the urgent authorising officer says how to see the path all the same.",
            page("demo:try", "What to try"),
        ),
        Step(
            "See the notice appear",
            "If you approved it: open the public notices. No account is needed there.",
            "Nobody had to publish it. The page was fetched from outside, and the seven days count from "
            "then.",
            page("notices:list", "Public notices"),
        ),
        Step(
            f"Accept the sealed list for {BRIDGE.name}",
            "When the planner has sealed the list, accept it.",
            "You see how many people are on it, by category, and how many rows were refused. You accept "
            "this list and no other. Without it the deployment cannot start.",
            on("deployments:accept-list", "importable", "Accept the list"),
        ),
        Step(
            "Try to plan something yourself",
            "Look for a button to draft or change a plan.",
            "There is none: who approves does not plan. Signing in with both roles would not help, because "
            "what counts is what a person did on this deployment.",
            on("deployments:page", "importable", BRIDGE.name),
        ),
        Step(
            f"Stop what is live at {RIVERSIDE.name}",
            "Open the page for revoking an approval. Press it only if you have seen the consoles: the live "
            "rehearsal ends, for everybody, within two seconds.",
            "Nothing but your role and a written reason stands in the way of a stop.",
            on("deployments:revoke", "live", "Revoke the approval"),
        ),
    ),
)

COMMANDER = Tour(
    "silver-commander",
    "Silver commander",
    "You start, suspend, resume and end a deployment, and you write down what was learnt.",
    ("commander",),
    (
        Step(
            "Sign in and look at today",
            "Use the commander's name and the password from the terminal.",
            "What is live, what starts next, what is late, and what waits for your review.",
            page("desk:home", "Your home page"),
        ),
        Step(
            f"Watch {RIVERSIDE.name} on the board",
            "Leave it open for a minute. Test subjects walk past the cameras.",
            "Cameras, alerts, gaps and the time that is left. There are no names and no faces on it.",
            on("desk:board", "live", "The board"),
        ),
        Step(
            "Suspend it, and resume it",
            "Give a reason, suspend, look at the board, and resume.",
            "Recognition stops at once. A resume asks everything again that the start asked.",
            on("deployments:run", "live", "Run Riverside Walk"),
        ),
        Step(
            f"Go through the checklist for {BRIDGE.name}",
            "Planner and authorising officer must have sealed and accepted the list first, and the system "
            "engineer ticks focus, zone, clocks and the walk. Tick what you have seen yourself.",
            "Two items cannot be ticked by anybody: the platform works them out. Operators and the "
            "engagement officer take their duties on the page for running it.",
            on("deployments:checklist", "importable", "The checklist"),
        ),
        Step(
            "Start it",
            "Make it ready, then start it.",
            "Where it cannot start yet, every reason is listed at once. Its camera sends nothing so far, "
            "so the board shows a gap: the system engineer's page says how to connect it.",
            on("deployments:run", "importable", "Run Bridge Street"),
        ),
        Step(
            f"Review yesterday's rehearsal at {WHARF.name}",
            "Read what happened, and write what was learnt. The system engineer counted four walks past the "
            "cameras by staff on the list.",
            "The other numbers are there already; the judgement is yours.",
            on("deployments:review", "ended", "Review"),
        ),
        Step(
            "See the results published",
            "Open its public notice again.",
            "The results are there: alerts, false alerts, gaps, your findings. Nobody pressed a button for "
            "it.",
            notice_of("ended", "The public notice"),
        ),
    ),
)
