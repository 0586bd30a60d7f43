"""The list of casework, and the pages of one deployment: hours, arrests, and that there was none."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from apps.casework import operations, queries
from apps.casework.data import CASE_WORDS, HOURS_LABELS, CaseKind, Offence, Result
from apps.casework.forms import ArrestForm, HoursForm, NoneForm
from apps.casework.page_data import ArrestRow
from apps.casework.views.shared import REFUSED, actor_of, asked_deployment, attempt, page, posted, read_page
from apps.core.clock import utc_now

DIGITS = 9


@read_page
def board(request: HttpRequest) -> HttpResponseBase:
    """What is overdue first, then what is open, then the latest deployments with what is not recorded."""
    asked = request.GET
    found = queries.board(now=utc_now(), before=asked.get("before") or None, after=asked.get("after") or None)
    context = {
        "board": found,
        "older": f"?before={found.older}" if found.older else "",
        "newer": f"?after={found.newer}" if found.newer else "",
    }
    return render(request, "casework/board.html", context)


@read_page
def cases(request: HttpRequest) -> HttpResponseBase:
    """All cases of a class, closed ones too: `?of=complaint`, the next page with `below`."""
    asked = request.GET.get("of", CaseKind.COMPLAINT)
    if asked not in set(CaseKind):
        raise Http404("there is no such class")
    kind = CaseKind(asked)
    rows, below = queries.cases(kind=kind, below=_number(request.GET.get("below", "")), now=utc_now())
    context = {
        "kind": kind,
        "title": CASE_WORDS[kind],
        "rows": rows,
        "older": f"?of={kind}&below={below}" if below else "",
        "others": [(other, words) for other, words in CASE_WORDS.items() if other is not kind],
    }
    return render(request, "casework/cases.html", context)


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > DIGITS:
        raise Http404("there is no such page")
    return int(text)


@read_page
def deployment(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    found = queries.deployment_page(deployment_id=deployment_id, now=utc_now())
    return render(
        request,
        "casework/deployment.html",
        {"found": found, "deployment": found.deployment, "hours_labels": HOURS_LABELS},
    )


@page
def hours(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """Hours and cost; with what stands there, to correct it."""
    now = utc_now()
    found = queries.deployment_page(deployment_id=deployment_id, now=now)
    version = found.latest_hours.number if found.latest_hours else 0
    form = HoursForm(posted(request), typed=found.typed, version=version)
    if form.is_bound and form.is_valid():
        sent = form.cleaned_data
        if attempt(
            form,
            lambda: operations.record_hours(
                deployment_id=deployment_id,
                lines=sent["lines"],
                seen_version=sent["seen_version"],
                reason=sent.get("reason", ""),
                actor=actor_of(request),
                now=now,
            ),
        ):
            messages.success(request, "The hours are recorded.")
            return redirect("casework:deployment", deployment_id)
    context = {"form": form, "deployment": found.deployment, "version": version}
    return render(request, "casework/hours.html", context, status=REFUSED if form.errors else 200)


@page
def arrest(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """What came of the arrest of `?alert=`, a number within the deployment."""
    now = utc_now()
    number = _number(request.GET.get("alert", ""))
    if number is None:
        raise Http404("an arrest is named by the number of its alert")
    found = queries.deployment_page(deployment_id=deployment_id, now=now)
    row = next((each for each in found.arrests if each.alert_number == number), None)
    if row is None:
        messages.warning(request, f"No arrest is recorded of alert {number}.")
        return redirect("casework:deployment", deployment_id)
    form = ArrestForm(posted(request), version=len(row.versions), initial=_typed(row))
    if form.is_bound and form.is_valid() and _record(request, form, deployment_id, number, now):
        messages.success(request, f"The result of the arrest of alert {number} is recorded.")
        return redirect("casework:deployment", deployment_id)
    context = {"form": form, "deployment": found.deployment, "row": row}
    return render(request, "casework/arrest.html", context, status=REFUSED if form.errors else 200)


def _typed(row: ArrestRow) -> dict[str, Any]:
    if row.latest is None:
        return {}
    return {
        "result": row.latest.result_code,
        "decided_on": row.latest.decided_on,
        "offence": row.latest.offence_code,
        "on_purpose": "yes" if row.latest.on_purpose else "no",
    }


def _record(request: HttpRequest, form: ArrestForm, deployment_id: UUID, number: int, now: datetime) -> bool:
    sent = form.cleaned_data
    entry = operations.ArrestEntry(
        result=Result(sent["result"]),
        decided_on=sent["decided_on"],
        offence=Offence(sent["offence"]),
        on_purpose=sent["on_purpose"] == "yes",
    )
    return attempt(
        form,
        lambda: operations.record_arrest(
            deployment_id=deployment_id,
            alert_number=number,
            entry=entry,
            seen_version=sent["seen_version"],
            reason=sent.get("reason", ""),
            actor=actor_of(request),
            now=now,
        ),
    )


@page
def none_so_far(request: HttpRequest) -> HttpResponseBase:
    """Say that there was none: of `?deployment=`, or of a period."""
    now, about = utc_now(), asked_deployment(request)
    form = NoneForm(posted(request), has_deployment=about is not None)
    if form.is_bound and form.is_valid():
        sent = form.cleaned_data
        of = operations.OfWhat(about.id if about else None, sent.get("first"), sent.get("last"))
        kinds = [CaseKind(kind) for kind in sent["kinds"]]
        if attempt(
            form,
            lambda: operations.state_none(kinds=kinds, of=of, actor=actor_of(request), now=now),
        ):
            messages.success(request, "It is recorded that you said so, with today's date.")
            return redirect("casework:deployment", about.id) if about else redirect("casework:board")
    context = {"form": form, "deployment": about}
    return render(request, "casework/none.html", context, status=REFUSED if form.errors else 200)
