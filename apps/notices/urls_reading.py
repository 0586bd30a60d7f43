"""Reading in other languages and in other forms: the same pages behind a language's code, and the feeds."""

from django.urls import path

from apps.notices import feeds, views, views_reading, views_record
from apps.notices.languages import spoken

NOTICE = "notices/<slug:force_slug>/<slug:slug>/"
VERSION = f"{NOTICE}versions/<int:number>/"
OLD_RESULTS = f"{NOTICE}results/<int:number>/"
# Ahead of a notice's own address: no reference is called so.
RECORD = "notices/<slug:force_slug>/record"
YEAR = f"{RECORD}/<int:year>/"

feed_patterns = [
    path("notices/feed.atom", feeds.atom, name="feed"),
    path("notices/calendar.ics", feeds.calendar, name="calendar"),
    path("notices/notices.json", feeds.notices_json, name="json"),
    path("notices/<slug:force_slug>/feed.atom", feeds.atom, name="force-feed"),
    path("notices/<slug:force_slug>/calendar.ics", feeds.calendar, name="force-calendar"),
    path("notices/<slug:force_slug>/notices.json", feeds.notices_json, name="force-json"),
    path(f"{NOTICE}calendar.ics", feeds.notice_calendar, name="notice-calendar"),
    path(f"{NOTICE}notice.json", feeds.notice_json, name="notice-json"),
]

reading_patterns = [
    path(f"{NOTICE}easy-read/", views_reading.easy_read, name="easy-read"),
    path(VERSION, views_reading.version, name="version"),
    path(f"{RECORD}/", views_record.record, name="record"),
    path(YEAR, views_record.record_year, name="record-year"),
    path(f"{RECORD}.csv", views_record.record_csv, name="record-csv"),
    path(f"{RECORD}.json", views_record.record_json, name="record-json"),
    path(OLD_RESULTS, views_record.old_results, name="old-results"),
]

welsh_patterns = [
    path("cy/notices/", spoken("cy", views.notice_list), name="list-cy"),
    path("cy/notices/<slug:force_slug>/", spoken("cy", views.force_list), name="force-cy"),
    path(f"cy/{RECORD}/", spoken("cy", views_record.record), name="record-cy"),
    path(f"cy/{YEAR}", spoken("cy", views_record.record_year), name="record-year-cy"),
    path(f"cy/{OLD_RESULTS}", spoken("cy", views_record.old_results), name="old-results-cy"),
    path(f"cy/{NOTICE}", spoken("cy", views.notice), name="notice-cy"),
    path(f"cy/{NOTICE}easy-read/", spoken("cy", views_reading.easy_read), name="easy-read-cy"),
    path(f"cy/{VERSION}", spoken("cy", views_reading.version), name="version-cy"),
    path("cy/notices/feed.atom", spoken("cy", feeds.atom), name="feed-cy"),
    path("cy/notices/calendar.ics", spoken("cy", feeds.calendar), name="calendar-cy"),
    path("cy/notices/<slug:force_slug>/feed.atom", spoken("cy", feeds.atom), name="force-feed-cy"),
    path("cy/notices/<slug:force_slug>/calendar.ics", spoken("cy", feeds.calendar), name="force-calendar-cy"),
    path(f"cy/{NOTICE}calendar.ics", spoken("cy", feeds.notice_calendar), name="notice-calendar-cy"),
]
