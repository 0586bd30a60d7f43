from __future__ import annotations

from django.urls import path

from apps.live import views

app_name = "live"

urlpatterns = [
    path("console/<uuid:deployment_id>/health.json", views.health, name="health"),
    path("deployments/<uuid:deployment_id>/cameras/", views.cameras, name="cameras"),
]
