from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path


def front(request: HttpRequest) -> HttpResponse:
    """Officers go to their console, everybody else to the public notices."""
    return redirect("/console/" if getattr(request, "actor", None) else "/notices/")


urlpatterns = [path("", front, name="front")]
import importlib.util  # TEMPORARY

for name in ("accounts", "notices", "alerts", "scrutiny", "ops"):  # TEMPORARY
    if importlib.util.find_spec(f"apps.{name}") and importlib.util.find_spec(f"apps.{name}.urls"):
        urlpatterns.append(path("", include(f"apps.{name}.urls")))
