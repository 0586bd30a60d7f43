from django.urls import path

from apps.desk import people_views, views

app_name = "desk"

urlpatterns = [
    path("", views.front, name="home"),
    path("people/on/", people_views.people_on, name="people-on"),
    path("people/on/file/", people_views.people_on_file, name="people-on-file"),
    path("board/<uuid:deployment_id>/", views.board, name="board"),
]
