from django.urls import path

from apps.oversight import views

app_name = "oversight"
ONE = "oversight/<uuid:matter_id>/"
urlpatterns = [
    path("oversight/questions/", views.questions, name="questions"),
    path("oversight/recommendations/", views.recommendations, name="recommendations"),
    path(ONE, views.matter, name="matter"),
    path(f"{ONE}answer/", views.answer, name="answer"),
    path(f"{ONE}reply/", views.reply, name="reply"),
    path(f"{ONE}done/", views.done, name="done"),
    path(f"{ONE}finding/", views.finding, name="finding"),
    path(f"{ONE}withdraw/", views.withdraw, name="withdraw"),
    path(f"{ONE}publish/", views.publish, name="publish"),
]
