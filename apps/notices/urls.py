from django.urls import path

from apps.notices import views
from apps.notices.urls_people import people_patterns
from apps.notices.urls_reading import feed_patterns, reading_patterns, welsh_patterns

app_name = "notices"

urlpatterns = [
    *people_patterns,
    *feed_patterns,
    *reading_patterns,
    *welsh_patterns,
    path("notices/", views.notice_list, name="list"),
    path("notices/<slug:force_slug>/", views.force_list, name="force"),
    path("notices/<slug:force_slug>/<slug:slug>/", views.notice, name="notice"),
]
