"""The form fields, buttons and error summary that every page is made of."""

from dataclasses import dataclass

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError

from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.web import DomainErrorMiddleware, domain_errors_to_form


class PlanForm(forms.Form):
    place = forms.CharField(label="Place", help_text="Where the signs stand")
    kind = forms.ChoiceField(
        label="Kind", choices=[("a", "First"), ("b", "Second")], widget=forms.RadioSelect
    )
    agreed = forms.BooleanField(label="I agree")


@dataclass(frozen=True)
class Action:
    shown: bool
    reasons: tuple[str, ...] = ()


def render(source, **context):
    return Template("{% load lfr %}" + source).render(Context(context))


def test_a_field_names_its_hint_and_its_error_for_a_screen_reader():
    html = render("{% field form.place %}", form=PlanForm({}))
    assert 'aria-describedby="id_place-hint id_place-error"' in html
    assert 'id="id_place-error"' in html
    assert 'aria-invalid="true"' in html


def test_what_was_typed_is_escaped():
    html = render("{% field form.place %}", form=PlanForm({"place": '"><script>alert(1)</script>'}))
    assert "<script>" not in html


def test_choices_stand_in_a_fieldset_with_their_question():
    html = render("{% field form.kind %}", form=PlanForm())
    assert "<fieldset" in html
    assert "<legend>Kind" in html
    assert html.count('type="radio"') == 2


def test_the_summary_links_each_problem_to_where_it_is_put_right():
    form = PlanForm({})
    domain_errors_to_form(form, RuleViolated(["the window must start in the future", "name the place"]))
    html = render("{% error_summary form %}", form=form)
    assert 'href="#id_place"' in html
    assert 'href="#id_kind_0"' in html
    assert "The window must start in the future" in html
    assert "Name the place" in html
    assert render("{% error_prefix form %}", form=form) == "Error: "


def test_a_form_without_a_problem_has_no_summary():
    assert render("{% error_summary form %}", form=PlanForm()).strip() == ""


def test_a_button_is_a_link_or_says_why_not_or_is_not_there():
    button = '{% action_button action "Start" "/run/" "primary" %}'
    assert 'href="/run/"' in render(button, action=Action(shown=True))
    blocked = render(button, action=Action(shown=True, reasons=("The notice is too <short>.",)))
    assert "href" not in blocked
    assert "The notice is too &lt;short&gt;." in blocked
    assert render(button, action=Action(shown=False, reasons=("x",))).strip() == ""
    assert render(button, action=None).strip() == ""


def test_crumbs_come_in_pairs():
    assert render('{% crumbs "Home" "/" "Plan" "/p/" %}').count("<li>") == 2
    with pytest.raises(TemplateSyntaxError):
        render('{% crumbs "Home" %}')


def test_a_rule_that_said_no_is_a_page_and_a_wall_is_a_wall(rf):
    from django.core.exceptions import PermissionDenied
    from django.http import Http404

    middleware, request = DomainErrorMiddleware(lambda _: None), rf.get("/")
    answer = middleware.process_exception(request, RuleViolated(["it has ended", "it <was> cancelled"]))
    assert answer.status_code == 409
    assert "It has ended" in answer.content.decode()
    assert "&lt;was&gt;" in answer.content.decode()
    with pytest.raises(Http404):
        middleware.process_exception(request, NotFound("no such deployment"))
    with pytest.raises(PermissionDenied):
        middleware.process_exception(request, NotPermitted("for planners"))
    assert middleware.process_exception(request, ValueError("a bug")) is None
