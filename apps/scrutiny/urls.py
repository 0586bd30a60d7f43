from django.urls import path

from apps.scrutiny import views, views_answers, views_correcting, views_exceptions, views_period

app_name = "scrutiny"
urlpatterns = [
    path("records/", views.record_list, name="list"),
    path("records/exceptions/", views_exceptions.exception_list, name="exceptions"),
    path("records/answers/", views_answers.answers, name="answers"),
    path("records/period/", views_period.period, name="period"),
    path("records/<str:reference>/", views.record, name="record"),
    path("records/<str:reference>/correct/", views_correcting.correct, name="correct"),
]
