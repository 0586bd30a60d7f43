"""The platform's addresses as the demonstration has them: with the guided pages."""

from django.urls import include, path

from lfrplatform.urls import urlpatterns as platform

urlpatterns = [*platform, path("", include("apps.demo.urls"))]
