from django.urls import path

from apps.notices import views

app_name = "notices"

urlpatterns = [
    path("notices/", views.notice_list, name="list"),
    path("notices/<slug:force_slug>/", views.force_list, name="force"),
    path("notices/<slug:force_slug>/<slug:slug>/", views.notice, name="notice"),
]
