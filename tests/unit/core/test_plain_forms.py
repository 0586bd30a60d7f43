"""Every error says which field it is about; words that a form has of its own stay."""

from django import forms

from apps.core.plain_forms import PlainForm


class Asked(PlainForm):
    reason = forms.CharField(label="Why 100% of it", min_length=5)
    role = forms.ChoiceField(label="Role", choices=[("", "Choose one"), ("a", "A")])
    day = forms.DateField(label="First day")
    days = forms.IntegerField(label="Days", max_value=365)
    sure = forms.BooleanField(label="I am sure")
    own = forms.CharField(label="Name", error_messages={"required": "Give a name."})


def said(**typed):
    return {name: errors[0] for name, errors in Asked(typed).errors.items()}


def test_nothing_filled_in():
    assert said() == {
        "reason": "Fill in “Why 100% of it”.",
        "role": "Choose “Role”.",
        "day": "Fill in “First day”.",
        "days": "Fill in “Days”.",
        "sure": "Tick “I am sure”.",
        "own": "Give a name.",
    }


def test_filled_in_wrongly():
    found = said(reason="x", role="b", day="30 February", days="999", sure="on", own="y")
    assert found == {
        "reason": "“Why 100% of it” needs at least 5 characters; it has 1.",
        "role": "“Role”: choose from the list.",
        "day": "“First day” is no date of the calendar.",
        "days": "“Days” must be 365 or less.",
    }
    assert said(days="many")["days"] == "“Days” must be a whole number."


def test_a_label_that_a_form_changes_is_the_one_that_is_named():
    form = Asked({})
    form.fields["reason"].label = "Reason"
    assert form.errors["reason"] == ["Fill in “Reason”."]
