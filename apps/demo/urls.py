"""The guided pages. Included only where settings.LFR_DEMO is set, which production never reads."""

from django.urls import path

from apps.demo import views

app_name = "demo"
urlpatterns = [
    path("try/", views.overview, name="try"),
    path("try/sample-list.zip", views.sample_list, name="sample-list"),
    path("try/<slug:role>/", views.role, name="role"),
]
