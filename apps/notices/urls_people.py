"""The notice for those who work with it, and subscriptions."""

from django.urls import path

from apps.notices import views_people, views_subscribing
from apps.notices.languages import spoken

WORK = "deployments/<uuid:deployment_id>/notice/"
# A signed link has a colon in it, which no slug has.
CONFIRM, LEAVE = "notices/confirm/<str:token>/", "notices/unsubscribe/<str:token>/"
SUBSCRIBE = "notices/<slug:force_slug>/subscribe/"

people_patterns = [
    path(WORK, views_people.people, name="people"),
    path(f"{WORK}meeting/", views_people.meeting, name="meeting"),
    path(f"{WORK}question/", views_people.question, name="question"),
    path(f"{WORK}questions/<int:number>/reply/", views_people.reply, name="reply"),
    path(f"{WORK}sign.pdf", views_people.sign, name="sign"),
    path(f"{WORK}leaflet.pdf", views_people.leaflet, name="leaflet"),
    path(f"{WORK}easy-read.pdf", views_people.easy_read_pdf, name="easy-read-pdf"),
    path(CONFIRM, views_subscribing.confirm, name="confirm"),
    path(LEAVE, views_subscribing.unsubscribe, name="unsubscribe"),
    path(SUBSCRIBE, views_subscribing.subscribe, name="subscribe"),
    path(f"cy/{CONFIRM}", spoken("cy", views_subscribing.confirm), name="confirm-cy"),
    path(f"cy/{LEAVE}", spoken("cy", views_subscribing.unsubscribe), name="unsubscribe-cy"),
    path(f"cy/{SUBSCRIBE}", spoken("cy", views_subscribing.subscribe), name="subscribe-cy"),
]
