"""The notice for those who work with it, and subscriptions."""

from django.urls import path

from apps.notices import views_people

WORK = "deployments/<uuid:deployment_id>/notice/"

people_patterns = [
    path(WORK, views_people.people, name="people"),
    path(f"{WORK}meeting/", views_people.meeting, name="meeting"),
    path(f"{WORK}question/", views_people.question, name="question"),
    path(f"{WORK}questions/<int:number>/reply/", views_people.reply, name="reply"),
    path(f"{WORK}sign.pdf", views_people.sign, name="sign"),
    path(f"{WORK}leaflet.pdf", views_people.leaflet, name="leaflet"),
    # A signed link has a colon in it, which no slug has.
    path("notices/confirm/<str:token>/", views_people.confirm, name="confirm"),
    path("notices/unsubscribe/<str:token>/", views_people.unsubscribe, name="unsubscribe"),
    path("notices/<slug:force_slug>/subscribe/", views_people.subscribe, name="subscribe"),
]
