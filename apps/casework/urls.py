"""Every address of casework."""

from __future__ import annotations

from django.urls import path

from apps.casework.views import cases, day

app_name = "casework"
ONE = "casework/deployments/<uuid:deployment_id>/"

urlpatterns = [
    path("casework/", day.board, name="board"),
    path("casework/cases/", day.cases, name="cases"),
    path("casework/none/", day.none_so_far, name="none"),
    path(ONE, day.deployment, name="deployment"),
    path(f"{ONE}hours/", day.hours, name="hours"),
    path(f"{ONE}arrest/", day.arrest, name="arrest"),
    path("casework/complaints/new/", cases.new_complaint, name="complaint-new"),
    path("casework/complaints/<uuid:case_id>/", cases.complaint, name="complaint"),
    path("casework/breaches/new/", cases.new_breach, name="breach-new"),
    path("casework/breaches/<uuid:case_id>/", cases.breach, name="breach"),
    path("casework/requests/new/", cases.new_request, name="request-new"),
    path("casework/requests/<uuid:case_id>/", cases.rights_request, name="request"),
]
