from django.urls import path

from apps.desk import force_views as views
from apps.desk import map_views

app_name = "forces"

urlpatterns = [
    path("onboard/<str:token>/", views.onboard, name="onboard"),
    path("force/", views.settings, name="settings"),
    path("force/change/<slug:section>/", views.change, name="change"),
    path("force/map/", map_views.base_map, name="map"),
    path("force/map.json", map_views.base_map_lines, name="map-lines"),
    path("force/history/", views.history, name="history"),
    path("force/leaving/", views.leaving, name="leaving"),
]
