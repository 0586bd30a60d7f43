"""Was somebody listed? Asked by planners, for whoever made an access request, of the register alone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from apps.core.clock import utc_now
from apps.core.errors import RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments.forms.register import RegisterForm
from apps.deployments.pages.register import listings
from apps.deployments.views.steps import REFUSED, actor_of, step_page
from apps.watchlists import api as watchlists
from apps.watchlists.register_answers import ASKERS


@step_page(*ASKERS)
def ask(request: HttpRequest) -> HttpResponseBase:
    """Asked by POST, so that the reference is in no address, log or history of a browser."""
    form = RegisterForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        now, question = utc_now(), form.question()
        try:
            answer = watchlists.ask_register(question=question, actor=actor_of(request), now=now)
        except RuleViolated as wrong:
            domain_errors_to_form(form, wrong)
        else:
            found = listings(answer.entries)
            context = {"answer": answer, "question": question, "listings": found, "now": now}
            context["still_listed"] = any(entry.still_listed for entry in answer.entries)
            return render(request, "deployments/register_answer.html", context)
    status = REFUSED if form.errors else 200
    return render(request, "deployments/register.html", {"form": form}, status=status)
