"""Every field of a plan, with its label and hint. A draft may be incomplete: what is empty is only asked for
when it is submitted."""

from __future__ import annotations

from django import forms

from apps.deployments.forms.deciding import NAME_NOBODY
from apps.deployments.forms.fields import (
    KeptChoice,
    KeptChoices,
    KeptNumber,
    KeptText,
    date_field,
    paragraph,
    time_field,
)
from apps.deployments.pages.labels import NEARBY_LABELS, URGENT_LABELS, USE_CASE_LABELS
from apps.deployments.planning.local_time import FIRST, SECOND

AT_ONCE, LATER = "at_once", "later"
FOLDS = [
    (str(FIRST), "The first, before the clocks go back (British Summer Time)"),
    (str(SECOND), "The second, after the clocks went back (Greenwich Mean Time)"),
]


class PlanFields(forms.Form):
    """All of them; a page shows those of its step."""

    use_required_attribute = False

    operation = KeptText(
        label="Name of the operation",
        max_length=200,
        help_text="Further days are added on the page of the operation. Another plan that carries the same "
        "name is another operation.",
    )
    place_name = KeptText(
        label="Name of the place",
        max_length=200,
        help_text="As people there call it, for instance: Market Square, Exampleton.",
    )
    polygon = KeptText(
        label="Area",
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text="One corner a line: latitude, then longitude, in the order in which you walk around it. "
        "For instance 51.80050, -0.20200. Recognition stops outside it.",
    )
    place_reason = paragraph(
        "Why this place", "What happens here, and why the aim cannot be met elsewhere. Name no person."
    )
    alternatives = KeptText(
        label="Places that may be used instead",
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text="The notice announces them with the first. For each: its name on a line, then its corners "
        "as on the page Place, one a line. An empty line between two places.",
    )
    nearby = KeptChoices(
        label="What is near",
        required=False,
        choices=list(NEARBY_LABELS.items()),
        help_text="Within sight of the area, or on the usual ways to it.",
    )
    nearby_measures = paragraph(
        "What you do about it",
        "Times of services, ends of lessons, ways around. Where nothing is near, say who looked.",
    )
    start_date = date_field("Date", "The day it starts.", "Enter the day it starts.")
    start_time = time_field(
        "Starts at", "London time, 24-hour clock, for instance 10:00.", "Enter the time it starts."
    )
    start_fold = KeptChoice(label="Which start time", widget=forms.RadioSelect, choices=FOLDS)
    end_time = time_field("Ends at", "Recognition ends by itself at this time.", "Enter the time it ends.")
    end_date = date_field("Ends on another day", "Only when it spans midnight.", required=False)
    end_fold = KeptChoice(label="Which end time", widget=forms.RadioSelect, choices=FOLDS)

    starts_by_time = time_field(
        "Latest start",
        "When it must have started, or the approval lapses. Empty is the end of the window.",
        required=False,
    )
    starts_by_date = date_field("Latest start on another day", "Only when it spans midnight.", required=False)

    use_case = KeptChoice(
        label="Kind of use",
        widget=forms.RadioSelect,
        choices=list(USE_CASE_LABELS.items()),
        help_text="For a rehearsal: the kind of use that it is a test for. The plan then says so.",
    )
    policing_purpose = paragraph(
        "Policing purpose",
        "What this is to achieve. The public reads this text on the notice. Name no person.",
    )
    necessity = paragraph(
        "Necessity",
        "Why this cannot be achieved in another way, and why at this place and time. "
        "Data protection law asks for strict necessity.",
    )
    proportionality = paragraph(
        "Proportionality",
        "Why the benefit outweighs measuring the faces of everybody who passes: length, size of the list, "
        "seriousness of the offences.",
    )
    less_intrusive_means = paragraph(
        "Less intrusive means considered", "What was tried or considered first, and why it is not enough."
    )
    collateral_intrusion = paragraph(
        "Collateral intrusion",
        "Who else is affected, and what keeps that small. Say so when protest, worship, a school or health "
        "premises are near.",
    )
    legal_bases = KeptText(
        label="Legal bases", widget=forms.Textarea(attrs={"rows": 7}), help_text="One a line."
    )

    rehearsal = forms.BooleanField(
        label="This is a rehearsal",
        required=False,
        help_text="Only staff of the Blue List, who agreed to take part, are listed. "
        "A model without evidence enough for operations can run rehearsals only.",
    )
    criteria = paragraph(
        "Criteria of the list",
        "Who is listed and who is not: which offences, which warrants, how recent. Name no person.",
    )
    sources = KeptText(
        label="Sources of the pictures",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Where the pictures come from, one a line, for instance: Custody system of this force.",
    )
    vulnerable = paragraph(
        "Children and vulnerable people",
        "Whether anybody under 18 or vulnerable may be listed, why, and how they are approached.",
    )
    categories = KeptChoices(
        label="Who may be listed",
        help_text="The categories that your force lists. Each person is chosen by name when the list is "
        "imported, within its categories.",
    )
    max_subjects = KeptNumber(label="Most people on the list", min_value=0)

    cameras = KeptChoices(label="Cameras", help_text="Cameras that are not chosen cannot send a picture.")
    pack_id = KeptChoice(label="Recognition model", widget=forms.RadioSelect)
    threshold = forms.DecimalField(
        label="Threshold",
        required=False,
        max_digits=8,
        decimal_places=4,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="A cosine similarity above 0 and at most 1, no percentage. It holds for the chosen model "
        "only. Leave it empty to take the model's own.",
    )

    footfall = KeptNumber(
        label="How many people pass in the whole window",
        min_value=0,
        help_text="Counted or estimated; for instance from a counter of the council at that hour.",
    )
    assessments = KeptChoices(
        label="Assessments that the plan rests on",
        help_text="Each must be in force on every day of the window. A rehearsal needs the first two kinds.",
    )

    approaches = KeptText(
        label="Every approach to the area",
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Each way in, one a line. Each gets a sign before the area, and each sign is checked on "
        "the day.",
    )
    signage_plan = paragraph(
        "Signage plan", "Where the signs stand, how big, at what height, who puts them up and looks at them."
    )
    engagement_plan = paragraph(
        "Engagement plan", "Who speaks to people and how: leaflets, officers in uniform, the community."
    )
    resourcing_plan = paragraph(
        "People and equipment", "How many in which duty, vehicles, relief, and who commands."
    )

    urgent_grounds = KeptChoice(
        label="Grounds for less notice",
        required=False,
        widget=forms.RadioSelect,
        choices=[("", "None: the plan is not urgent"), *URGENT_LABELS.items()],
    )
    urgent_reason = KeptText(
        label="Why it cannot wait",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=10_000,
        help_text="Only for an urgent plan: what is known, since when, and why the days of notice cannot be "
        f"kept. {NAME_NOBODY}",
    )

    publish = forms.ChoiceField(
        label="When the notice is published",
        widget=forms.RadioSelect,
        choices=[
            (AT_ONCE, "By itself, as soon as the plan is approved"),
            (LATER, "By itself, at a set time"),
        ],
    )
    publish_date = date_field("Publish on", "Only for a set time.", required=False)
    publish_time = time_field("Publish at", "London time, for instance 09:00.", required=False)

    # Of the plan as it was opened: nobody's change is overwritten unseen.
    version = forms.CharField(required=False, widget=forms.HiddenInput)
    copied_from = forms.UUIDField(required=False, widget=forms.HiddenInput)
