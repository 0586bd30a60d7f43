from django.conf import settings
from django.urls import include, path

handler500 = "apps.core.outage.server_error"

urlpatterns = [
    path("", include("apps.desk.urls")),
    path("", include("apps.desk.force_urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.notices.urls")),
    path("", include("apps.deployments.urls")),
    path("", include("apps.relays.urls")),
    path("", include("apps.alerts.urls")),
    path("", include("apps.live.urls")),
    path("", include("apps.casework.urls")),
    path("", include("apps.oversight.urls")),
    path("", include("apps.scrutiny.urls")),
    path("", include("apps.integration.urls")),
    path("", include("apps.ops.urls")),
    path("", include("apps.ops.record.urls")),
]

if settings.LFR_DEMO:
    # The guided pages of `make demo`. The production profile never sets this.
    urlpatterns.append(path("", include("apps.demo.urls")))
