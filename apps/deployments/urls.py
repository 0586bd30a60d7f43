"""Every address of a deployment. Addresses with its id first, so that each names what it is about."""

from __future__ import annotations

from django.urls import path

from apps.deployments.views import (
    assessments,
    blue_list,
    confirming,
    consent,
    deciding,
    documents,
    operation,
    pages,
    planning,
    register,
    running,
    same_face,
    same_picture,
    signing,
    status,
    street,
    submitting,
    watchlist,
)

app_name = "deployments"
ONE = "deployments/<uuid:deployment_id>/"
ASSESSMENT = "assessments/<uuid:assessment_id>/"

urlpatterns = [
    # Read (views/pages.py)
    path("deployments/", pages.deployment_list, name="list"),
    path(ONE, pages.deployment_page, name="page"),
    path(f"{ONE}authority/", pages.authority, name="authority"),
    # Plan (views/planning.py)
    path("deployments/new/", planning.new, name="new"),
    path(f"{ONE}plan/", planning.plan, name="plan"),
    path(f"{ONE}plan/<slug:step_name>/", planning.plan_step, name="plan-step"),
    path(f"{ONE}submit/", submitting.submit, name="submit"),
    path(f"{ONE}cancel/", submitting.cancel, name="cancel"),
    # Several days of one operation (views/operation.py)
    path(f"{ONE}operation/", operation.operation, name="operation"),
    path(f"{ONE}operation/another-day/", operation.another_day, name="another-day"),
    path(f"{ONE}operation/submit/", operation.submit_days, name="submit-days"),
    # Decide (views/deciding.py)
    path(f"{ONE}decide/", deciding.decide, name="decide"),
    path(f"{ONE}revoke/", deciding.revoke, name="revoke"),
    path(f"{ONE}confirm/", confirming.confirm, name="confirm"),
    path(f"{ONE}conditions/", confirming.conditions, name="conditions"),
    path(f"{ONE}list/accept/", deciding.accept_list, name="accept-list"),
    # The list (views/watchlist.py)
    path(f"{ONE}list/", watchlist.watchlist, name="watchlist"),
    path(f"{ONE}list/progress.json", watchlist.list_progress, name="list-progress"),
    path(f"{ONE}list/pictures/<int:line>.jpg", watchlist.list_picture, name="list-picture"),
    # One face under two identities (views/same_face.py)
    path(f"{ONE}list/same-face/", same_face.same_face, name="same-face"),
    path(f"{ONE}list/same-face/<int:line>.jpg", same_face.same_face_picture, name="same-face-picture"),
    # One picture twice under one identity (views/same_picture.py); its pictures are those above
    path(f"{ONE}list/same-picture/", same_picture.same_picture, name="same-picture"),
    # Who needs a signature, and whether people are still wanted (views/signing.py, views/status.py)
    path(f"{ONE}list/signatures/", signing.sign_offs, name="sign-offs"),
    path(f"{ONE}list/status/", status.status_check, name="status-check"),
    # The Blue List (views/blue_list.py, views/consent.py)
    path("blue-list/", blue_list.blue_list, name="blue-list"),
    path("blue-list/mine/", blue_list.own_consent, name="own-consent"),
    path("blue-list/withdraw/", consent.withdraw_consent, name="withdraw-consent"),
    # Was somebody listed? (views/register.py)
    path("register/", register.ask, name="register"),
    # The day (views/running.py)
    path(f"{ONE}checklist/", running.checklist, name="checklist"),
    path(f"{ONE}run/", running.run, name="run"),
    path(f"{ONE}review/", running.review, name="review"),
    # The day on a phone (views/street.py)
    path(f"{ONE}signs/", street.sign_list, name="signs"),
    path(f"{ONE}signs/<uuid:sign_id>.jpg", street.sign_photograph, name="sign-photograph"),
    path(f"{ONE}engagement/", street.engagement_log, name="engagement-log"),
    path(f"{ONE}remove/", street.remove_person, name="remove-person"),
    # Assessments (views/assessments.py)
    path("assessments/", assessments.assessment_list, name="assessments"),
    path("assessments/new/", assessments.assessment_new, name="assessment-new"),
    path(f"{ASSESSMENT}end/", assessments.assessment_end, name="assessment-end"),
    path(f"{ASSESSMENT}file.pdf", assessments.assessment_file, name="assessment-file"),
    path(f"{ASSESSMENT}public.pdf", assessments.assessment_public, name="assessment-public"),
    # The authority as a file (views/documents.py)
    path(f"{ONE}authority.pdf", documents.authority_pdf, name="authority-pdf"),
    path("authority/check/", documents.authority_check, name="authority-check"),
]
