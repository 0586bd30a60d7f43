"""Every address of a deployment. Addresses with its id first, so that each names what it is about."""

from __future__ import annotations

from django.urls import path

from apps.deployments.views import deciding, pages, planning, running, watchlist

app_name = "deployments"
ONE = "deployments/<uuid:deployment_id>/"

urlpatterns = [
    # Read (views/pages.py)
    path("deployments/", pages.deployment_list, name="list"),
    path(ONE, pages.deployment_page, name="page"),
    path(f"{ONE}authority/", pages.authority, name="authority"),
    # Plan (views/planning.py)
    path("deployments/new/", planning.new, name="new"),
    path(f"{ONE}plan/", planning.plan, name="plan"),
    path(f"{ONE}submit/", planning.submit, name="submit"),
    path(f"{ONE}cancel/", planning.cancel, name="cancel"),
    # Decide (views/deciding.py)
    path(f"{ONE}decide/", deciding.decide, name="decide"),
    path(f"{ONE}revoke/", deciding.revoke, name="revoke"),
    path(f"{ONE}list/accept/", deciding.accept_list, name="accept-list"),
    # The list (views/watchlist.py)
    path(f"{ONE}list/", watchlist.watchlist, name="watchlist"),
    path(f"{ONE}list/progress.json", watchlist.list_progress, name="list-progress"),
    path(f"{ONE}list/pictures/<int:line>.jpg", watchlist.list_picture, name="list-picture"),
    # The day (views/running.py)
    path(f"{ONE}checklist/", running.checklist, name="checklist"),
    path(f"{ONE}run/", running.run, name="run"),
    path(f"{ONE}review/", running.review, name="review"),
]
