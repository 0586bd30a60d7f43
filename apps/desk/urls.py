from django.urls import path

from apps.desk import views

app_name = "desk"

urlpatterns = [
    path("", views.front, name="home"),
    path("board/<uuid:deployment_id>/", views.board, name="board"),
]
