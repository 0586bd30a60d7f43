from django.urls import path

from apps.scrutiny import views, views_answers, views_correcting, views_exceptions, views_period
from apps.scrutiny.annex import views as views_annex
from apps.scrutiny.disclosure import views as views_disclosure
from apps.scrutiny.foi import views as views_foi
from apps.scrutiny.lawful import views as views_lawful

app_name = "scrutiny"
urlpatterns = [
    path("records/", views.record_list, name="list"),
    path("records/exceptions/", views_exceptions.exception_list, name="exceptions"),
    path("records/answers/", views_answers.answers, name="answers"),
    path("records/foi/", views_foi.foi, name="foi"),
    path("records/period/", views_period.period, name="period"),
    path("records/retention/", views_annex.annex, name="annex"),
    path("records/<str:reference>/", views.record, name="record"),
    path("records/<str:reference>/correct/", views_correcting.correct, name="correct"),
    path("records/<str:reference>/at/", views_lawful.in_force, name="in_force"),
    path("records/<str:reference>/disclosure/", views_disclosure.disclosure, name="disclosure"),
]
