"""The pages of a force's administrator, and the one page with which a force begins."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.web import domain_errors_to_form
from apps.desk.force_forms import AccountForm, LeavingForm, NotLeavingForm, ReasonForm
from apps.forces import api as forces
from apps.forces.data import Difference, ForceData
from apps.ops import onboarding
from apps.ops.departure import agreeing

# A form that was refused. 200 would tell a script, and a cache, that it went well.
REFUSED = 422
GONE = 410


def _who(request: HttpRequest) -> tuple[Actor, ForceData]:
    return request.actor, request.force  # type: ignore[attr-defined]  # set by ForceContextMiddleware


def _rows(force: ForceData) -> list[dict[str, Any]]:
    """Each section with its settings in words."""
    said = forces.say_all(forces.values_of_force(force))
    return [
        {
            "section": section,
            "settings": [(each, said[each.key]) for each in forces.of_section(section.key)],
        }
        for section in forces.SECTIONS
    ]


@require_GET
@never_cache
@accounts.role_required(Role.FORCE_ADMIN)
def settings(request: HttpRequest) -> HttpResponse:
    _, force = _who(request)
    latest = forces.history(force_id=force.id)[0]
    return render(request, "forces/settings.html", {"sections": _rows(force), "latest": latest})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@accounts.role_required(Role.FORCE_ADMIN)
def change(request: HttpRequest, section: str) -> HttpResponse:
    """One section: the form, then what the change does, then the change."""
    actor, force = _who(request)
    chosen = next((each for each in forces.SECTIONS if each.key == section), None)
    if chosen is None:
        raise Http404("no such section")
    # Asked before anything is typed; the operation asks again.
    check_reauthenticated(actor)
    data = request.POST if request.method == "POST" else None
    form = forces.SettingsForm(data, chosen=forces.of_section(section), values=forces.values_of_force(force))
    why = ReasonForm(data, initial={"seen": force.version})
    context = {"section": chosen, "form": form, "why": why}
    if data is not None and data.get("seen") != str(force.version):
        return _meanwhile(request, force, chosen, form)
    if data is None or "back" in data:
        # Back from the preview: what was typed is still there.
        return render(request, "forces/change.html", context)
    if not (form.is_valid() and why.is_valid()):
        return render(request, "forces/change.html", context, status=REFUSED)
    now, typed = utc_now(), why.cleaned_data
    asked = {"changes": form.values, "seen_version": typed["seen"], "reason": typed["reason"]}
    try:
        differences = forces.preview_settings(**asked, actor=actor)
        if "confirmed" not in data:
            return render(request, "forces/preview.html", {**context, "differences": differences})
        changed = forces.change_settings(**asked, actor=actor, now=now)
    except RuleViolated as refused:
        if refused.code == "changed_meanwhile":
            return _meanwhile(request, forces.get_force(force_id=force.id), chosen, form)
        domain_errors_to_form(why, refused)
        return render(request, "forces/change.html", context, status=REFUSED)
    messages.success(request, _say_saved(changed, differences))
    return redirect("forces:settings")


def _say_saved(changed: ForceData, differences: tuple[Difference, ...]) -> str:
    binding = {each.key for each in forces.binding()}
    kinds = {each.key in binding for each in differences}
    if kinds == {True}:
        return f"Saved as version {changed.version}. It binds deployments drafted from now on."
    if kinds == {False}:
        return f"Saved as version {changed.version}. It applies at once."
    return (
        f"Saved as version {changed.version}. Part of it applies at once; the rest binds deployments drafted"
        " from now on."
    )


def _meanwhile(
    request: HttpRequest, force: ForceData, chosen: forces.Section, form: forces.SettingsForm
) -> HttpResponse:
    """Somebody else was faster: what they changed, and this person's own changes on top of it."""
    seen = request.POST.get("seen", "")
    # Longer than any number of versions: nothing that a page of ours holds.
    number = int(seen) if seen.isdecimal() and len(seen) < 10 else 0
    found = forces.rebase(force=force, seen_version=number, typed=form.typed)
    context = {
        "section": chosen,
        "form": forces.SettingsForm(None, chosen=forces.of_section(chosen.key), values=found.values),
        "why": ReasonForm(initial={"seen": force.version, "reason": request.POST.get("reason", "")}),
        "meanwhile": found.versions,
        "faster": True,
    }
    return render(request, "forces/change.html", context, status=REFUSED)


@require_GET
@never_cache
@accounts.role_required(Role.FORCE_ADMIN)
def history(request: HttpRequest) -> HttpResponse:
    _, force = _who(request)
    return render(request, "forces/history.html", {"versions": forces.history(force_id=force.id)})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@accounts.role_required(Role.FORCE_ADMIN)
def leaving(request: HttpRequest) -> HttpResponse:
    """Two administrators confirm that everything of their force may be deleted; one alone refuses it."""
    actor, _ = _who(request)
    found = forces.leaving()
    data = request.POST if request.method == "POST" else None
    refusing = data is not None and "refuse" in data
    initial = {"manifest": found.manifest_sha256 if found else ""}
    form = LeavingForm(None if refusing else data, initial=initial)
    stop = NotLeavingForm(data if refusing else None, initial=initial)
    status = 200
    if refusing and _refused_leaving(stop, actor):
        messages.success(request, "The force does not leave. No confirmation of this export counts any more.")
        return redirect("forces:leaving")
    if data is not None and form.is_valid():
        typed = form.cleaned_data
        try:
            done = agreeing.confirm_leaving(
                manifest_sha256=typed["manifest"], slug=typed["slug"], actor=actor, now=utc_now()
            )
        except RuleViolated as refused:
            domain_errors_to_form(form, refused)
        else:
            missing = forces.CONFIRMATIONS - len(done.confirmations)
            words = (
                "The force may be deleted now." if missing <= 0 else "Another administrator confirms it too."
            )
            messages.success(request, f"Your confirmation is recorded. {words}")
            return redirect("forces:leaving")
    if data is not None:
        status = REFUSED
    confirmed = any(actor.id == who for who, _, _ in found.confirmations) if found else False
    context = {
        "leaving": found,
        "form": form,
        "stop": stop,
        "needed": forces.CONFIRMATIONS,
        "confirmed": confirmed,
    }
    return render(request, "forces/leaving.html", context, status=status)


def _refused_leaving(form: NotLeavingForm, actor: Actor) -> bool:
    """Whether it was refused; else the form says why not."""
    if not form.is_valid():
        return False
    typed = form.cleaned_data
    try:
        forces.refuse_leaving(
            manifest_sha256=typed["manifest"], reason=typed["reason"], actor=actor, now=utc_now()
        )
    except RuleViolated as refused:
        domain_errors_to_form(form, refused)
        return False
    return True


@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def onboard(request: HttpRequest, token: str) -> HttpResponse:
    """Settings and the first account on one page, for whoever holds the link."""
    if getattr(request, "actor", None) is not None:
        # Their force's context is open; another one is not entered inside it.
        return render(request, "forces/onboard_signed_in.html", status=409)
    try:
        return _onboarding(request, token)
    except forces.LinkNotGood as gone:
        return render(request, "forces/onboard_gone.html", {"words": gone.message}, status=GONE)


def _onboarding(request: HttpRequest, token: str) -> HttpResponse:
    """Raises LinkNotGood, also where somebody else with the link was done while this page was filled in."""
    now = utc_now()
    with forces.opened(token, now=now) as link:
        values = forces.values_of_force(link.force)
    data = request.POST if request.method == "POST" else None
    sections = [
        (each, forces.SettingsForm(data, chosen=forces.of_section(each.key), values=values))
        for each in forces.SECTIONS
    ]
    account = AccountForm(data)
    forms = [account, *(form for _, form in sections)]
    if data is not None and all([form.is_valid() for form in forms]):
        typed = account.cleaned_data
        try:
            onboarding.finish(
                token=token,
                display_name=typed["display_name"],
                rank=typed["rank"],
                password=typed["password"],
                settings={key: value for _, form in sections for key, value in form.values.items()},
                now=now,
            )
        except RuleViolated as refused:
            domain_errors_to_form(account, refused)
        else:
            messages.success(request, f"{link.force.name} is set up. Sign in with your address and password.")
            return redirect("sign-in")
    elif data is not None and account.is_valid():
        # All at once: not the password only when the settings are right.
        _say_account_problems(account, link.admin_email)
    context = {"link": link, "account": account, "sections": sections}
    return render(request, "forces/onboard.html", context, status=200 if data is None else REFUSED)


def _say_account_problems(form: AccountForm, email: str) -> None:
    typed = form.cleaned_data
    problems = accounts.account_problems(
        username=email,
        display_name=typed["display_name"],
        rank=typed["rank"],
        password=typed["password"],
    )
    for problem in problems:
        form.add_error(None, problem[:1].upper() + problem[1:])
