from django.urls import path

from apps.scrutiny import views

app_name = "scrutiny"
urlpatterns = [
    path("records/", views.record_list, name="list"),
    path("records/<str:reference>/", views.record, name="record"),
]
