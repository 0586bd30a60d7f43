"""What operators, engagement officer, engineer, oversight body and the public try."""

from __future__ import annotations

from apps.demo.places import BRIDGE, PARADE
from apps.demo.plan import RIVERSIDE
from apps.demo.tour_data import Step, Tour, notice_of, on, page, record_of

OPERATOR = Tour(
    "operator",
    "Operator",
    "You make the first decision on an alert: do these two pictures show the same person?",
    ("operator", "operator2"),
    (
        Step(
            "Sign in and open the console",
            f"{RIVERSIDE.name} is live. A test subject walks past a few times a minute.",
            "The console works on a telephone, too, and with the keyboard alone.",
            on("alerts:console", "live", "The console"),
        ),
        Step(
            "Decide on an alert",
            "Compare the two pictures, choose, and confirm.",
            "No score is shown before you have decided, so that it cannot decide for you. Afterwards you "
            "see how similar the pictures are and which threshold was set.",
            on("alerts:console", "live", "The console"),
        ),
        Step(
            "Leave an alert alone",
            "Do nothing for a minute.",
            "It runs out of time by itself, and that means: no stop. Nothing that is late leads to one.",
            on("alerts:console", "live", "The console"),
        ),
        Step(
            "Be unsure",
            "Choose “unsure”. Then sign in as the second operator, in a private window, and decide there.",
            "Your colleague does not see what you thought, and must not be you. If nobody else decides, it "
            "counts as no match.",
            on("alerts:console", "live", "The console"),
        ),
        Step(
            "Close the page and open it again",
            "Reload it in the middle of everything.",
            "What happened meanwhile is there, marked as history, and makes no sound. Cameras and "
            "connection show whether you can rely on what you see.",
            on("alerts:console", "live", "The console"),
        ),
        Step(
            "Try to see what is not yours",
            "Open the page for cameras and relays.",
            "It says whom it is for, and leads you back. On your own page there is no word like arrest.",
            page("relays:equipment", "Equipment"),
        ),
    ),
)

ENGAGEMENT_OFFICER = Tour(
    "engagement-officer",
    "Engagement officer",
    "You make the second decision: whether to speak to somebody, and what came of it.",
    ("engagement",),
    (
        Step(
            "Open the console, best on a telephone or in a narrow window",
            "Keep a second window open where the operator decides.",
            "You see nothing until an operator has said “match”.",
            on("alerts:console", "live", "The console"),
        ),
        Step(
            "Take an alert that was dispatched to you",
            "Look at the pictures and decide to engage, or not to, with a reason.",
            "The card says that an alert alone gives no power to stop anybody. A colleague who has it open "
            "sees that you are on it.",
            on("alerts:console", "live", "The console"),
        ),
        Step(
            "Record what came of it",
            "Establish who it is by ordinary means, then record the outcome.",
            "For a rehearsal nobody is wanted for anything; otherwise the offence would show only now.",
            on("alerts:console", "live", "The console"),
        ),
        Step(
            "Let somebody go",
            "On the next one, press “identity contradicted”.",
            "One press, no reason asked: release comes first. For the rest of the day it is known that "
            "this face was mistaken before.",
            on("alerts:console", "live", "The console"),
        ),
        Step(
            "Suspend the deployment",
            "You are on duty, so you may. Give a reason; the commander can resume it.",
            "Anybody on duty can stop recognition; only the commander can start it again.",
            on("deployments:run", "live", "Run Riverside Walk"),
        ),
    ),
)

ENGINEER = Tour(
    "system-engineer",
    "System engineer",
    "You look after cameras and relays, and never see who is on a list.",
    ("engineer",),
    (
        Step(
            "Sign in and look at the equipment",
            "Relays, cameras, how old the last frame is, what was dropped.",
            "There are no names and no faces on your pages.",
            page("relays:equipment", "Equipment"),
        ),
        Step(
            f"Enrol a relay for {BRIDGE.name}",
            "Its camera has none yet. Give the relay a name, press “Show a key instead”, copy the key. "
            "A box in a van gets a code, which it turns into a key itself: only a rehearsal may do without.",
            "The key is shown once. The platform keeps only its fingerprint.",
            page("relays:equipment", "Equipment"),
        ),
        Step(
            "Run the relay",
            "In a terminal, in the project's folder, with the key in place of KEY. It plays a film instead "
            "of a camera. It is let in once the commander has started the deployment, and tries again "
            "until then.",
            "The relay knows one address and one key. It keeps only the newest frame, and stores nothing.",
            None,
            "LFR_RELAY_KEY=KEY .venv/bin/python -m apps.relays.edge --repeat --url {ws_url}/ws/relay/ "
            "--camera {camera}={film}",
        ),
        Step(
            "Pull the plug",
            "Stop the relay with Ctrl-C, wait ten seconds, and look at the equipment.",
            "The camera turns silent. The gap is counted, shown to everybody, and published afterwards; "
            "nothing was kept to be searched later.",
            page("relays:equipment", "Equipment"),
        ),
        Step(
            "Revoke the relay",
            "Take its key away, with a reason, while it runs.",
            "It is shut out within two seconds.",
            page("relays:equipment", "Equipment"),
        ),
        Step(
            "Record your part of the checklist",
            f"When the list of {BRIDGE.name} is sealed: focus, zone, clocks.",
            "You vouch for what you have looked at, by name. An engineer is never operator on the same "
            "deployment.",
            on("deployments:checklist", "importable", "The checklist"),
        ),
    ),
)

OVERSIGHT = Tour(
    "oversight",
    "Oversight body",
    "You read what was done and why. No face, no name and no template is on any page you can open.",
    ("oversight",),
    (
        Step(
            "Sign in and open the records",
            "One record for each deployment that has begun.",
            "Numbers that are small say how small they are. Alerts and false alerts come with what they "
            "are counted from.",
            page("scrutiny:list", "Records"),
        ),
        Step(
            "Follow one false alert",
            "At the bus interchange an officer spoke to somebody who was not on the list.",
            "The record says so, and so does the public notice, with the commander's findings.",
            record_of("false-alert", "The record"),
        ),
        Step(
            "Ask why one was stopped",
            "At the towpath the approval was revoked while it was live.",
            "The reason, who gave it, and when recognition ended.",
            record_of("revoked", "The record"),
        ),
        Step(
            "Look for what was not seen",
            "At the station a camera lost its power.",
            "Times in which recognition should have run and did not are part of the record, to the second.",
            record_of("expired-alert", "The record"),
        ),
        Step(
            "Check that everything was deleted",
            "Find the deletion certificates of the newest one: one for each alert, and one for the list.",
            "What was deleted, how many, when it was due, when it was done, and how somebody looked again. "
            "This past was played with a moved clock, and its certificates say “simulated”.",
            record_of("newest", "The record"),
        ),
        Step(
            "Find the one that was deleted late",
            "After a rehearsal in the High Street a list was deleted 47 minutes after its deadline.",
            "The record says late. The review says why, and what changes.",
            record_of("late", "The record"),
        ),
        Step(
            "Try to see a face",
            "Open the console of the live rehearsal.",
            "You are told whom it is for.",
            on("alerts:console", "live", "The console"),
        ),
    ),
)

ADMIN = Tour(
    "administrator",
    "Administrator",
    "You run your force's accounts. You see no face and decide about nobody.",
    ("admin", "admin2"),
    (
        Step(
            "Look at your own account",
            "Sign in with the password and the code from the guide.",
            "Your second factor, your recovery codes, and every sign-in with the address it came from.",
            page("account", "Your account"),
        ),
        Step(
            "End somebody's sign-ins",
            "Choose a colleague whose handset is said to be lost, and confirm.",
            "If that person is signed in in another window, they are out at the next press.",
            page("lost-handset", "Lost handset"),
        ),
        Step(
            "Follow the clock",
            "The breach that you have just recorded has 72 hours.",
            "It says by when the Commissioner is to be told. It can be closed only when that is decided.",
            page("breaches", "Breaches"),
        ),
        Step(
            "Let people sign in through your force",
            "The page asks for an issuer, a client, a secret and which group means which role.",
            "Opening it asks who you are. What is saved waits for a second administrator.",
            page("sign-on", "Single sign-on"),
        ),
        Step(
            "Invite a person",
            "Invite an address that you invent, as operator.",
            "The link is shown once, and whoever has it first can use it: you hand it over yourself.",
            page("people", "People"),
        ),
        Step(
            "Record a certificate",
            "Choose a colleague from the list, and record a training course that ends next month.",
            "Nobody takes a duty without one that is current. What runs out soon stands above the list.",
            page("people", "People"),
        ),
        Step(
            "Read what the force has set",
            "Look at the settings and at the page of one version.",
            "Each version says who changed what and why. A deployment keeps the one it was drafted with.",
            page("forces:settings", "Settings of the force"),
        ),
        Step(
            "Let another system in",
            "Make a token that may read deployments, for a system that you invent. Then revoke it.",
            "It is shown once. No token approves, starts or administers anything.",
            page("integration:tokens", "Tokens of the API"),
        ),
        Step(
            "Find all of this in the audit",
            "Search for what you have just done.",
            "Each entry is chained to the one before it: none can be taken out or changed without a trace.",
            page("audit:search", "Audit"),
        ),
        Step(
            "Try to see a face",
            "Open the console of the live rehearsal.",
            "You are told whom it is for.",
            on("alerts:console", "live", "The console"),
        ),
    ),
)

PUBLIC = Tour(
    "public",
    "The public",
    "No account. Sign out first, or use a private window.",
    (),
    (
        Step(
            "Read where and when",
            "Coming deployments first, then past ones, of both forces.",
            "Try it with JavaScript turned off, and with the largest type your browser has.",
            page("notices:list", "Public notices"),
        ),
        Step(
            f"Read one that is coming: {PARADE.name}",
            "It was published a week before it starts.",
            "Place, time, purpose, who may be looked for, what is deleted when, whom to ask, and how to "
            "complain. You may walk another way, and that is no reason to stop you.",
            notice_of("notice", "The notice"),
        ),
        Step(
            "Read how one went",
            "A past one, with its results.",
            "Mistakes are in it. So are the times in which nothing worked.",
            notice_of("false-alert", "Notice and results"),
        ),
        Step(
            "See what changed after it was announced",
            "This one was made smaller a week before: one side of the area was left out.",
            "The history of the page says what changed, and when.",
            notice_of("narrowed", "The notice"),
        ),
        Step(
            "Find one that never took place",
            "Cancelled, and stopped half way.",
            "Neither page disappears. A refused plan was never announced, so it has none.",
            notice_of("cancelled", "A cancelled one"),
        ),
        Step(
            "See what is happening now",
            f"{RIVERSIDE.name} is live.",
            "The public page says so.",
            notice_of("live", "The live one"),
        ),
    ),
)
