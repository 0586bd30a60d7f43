from django.urls import include, path

urlpatterns = [
    path("", include("apps.desk.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.notices.urls")),
    path("", include("apps.deployments.urls")),
    path("", include("apps.relays.urls")),
    path("", include("apps.alerts.urls")),
    path("", include("apps.live.urls")),
    path("", include("apps.scrutiny.urls")),
    path("", include("apps.ops.urls")),
]
