from django.urls import path

from apps.ops.record import views

app_name = "audit"
urlpatterns = [
    path("audit/", views.search, name="search"),
    path("audit/export/", views.export, name="export"),
]
