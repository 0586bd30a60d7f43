from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path


def front(request: HttpRequest) -> HttpResponse:
    """Officers go to their console, everybody else to the public notices."""
    return redirect("/console/" if getattr(request, "actor", None) else "/notices/")


urlpatterns = [
    path("", front, name="front"),
    path("", include("apps.accounts.urls")),
    path("", include("apps.notices.urls")),
    path("", include("apps.alerts.urls")),
    path("", include("apps.scrutiny.urls")),
    path("", include("apps.ops.urls")),
]
