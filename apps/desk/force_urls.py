from django.urls import path

from apps.desk import force_views as views

app_name = "forces"

urlpatterns = [
    path("onboard/<str:token>/", views.onboard, name="onboard"),
    path("force/", views.settings, name="settings"),
    path("force/change/<slug:section>/", views.change, name="change"),
    path("force/history/", views.history, name="history"),
    path("force/leaving/", views.leaving, name="leaving"),
]
