from __future__ import annotations

from django.urls import path, re_path

from apps.alerts import engagement_views, receipt_views, views
from apps.alerts.handover import recipient_views
from apps.alerts.handover import views as handover_views

app_name = "alerts"

_UUID = r"(?P<alert_id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"

urlpatterns = [
    path("console/", views.deployment_list, name="deployments"),
    path("console/<uuid:deployment_id>/", views.console, name="console"),
    path("console/<uuid:deployment_id>/alerts.json", views.news, name="news"),
    path("console/<uuid:deployment_id>/at-work.json", views.at_work, name="at-work"),
    path("console/<uuid:deployment_id>/earlier/", views.earlier, name="earlier"),
    re_path(rf"^alerts/{_UUID}/(?P<which>probe|candidate)\.jpg$", views.picture, name="picture"),
    path("alerts/<uuid:alert_id>/claim", views.claim, name="claim"),
    path("alerts/<uuid:alert_id>/release-claim", views.release_claim, name="release-claim"),
    path("alerts/<uuid:alert_id>/operator", views.operator, name="operator"),
    path("alerts/<uuid:alert_id>/engagement", views.engagement, name="engagement"),
    path("alerts/<uuid:alert_id>/outcome", views.outcome, name="outcome"),
    path("alerts/<uuid:alert_id>/contradicted", views.contradicted, name="contradicted"),
    path("alerts/<uuid:alert_id>/identified", views.identified, name="identified"),
    path("alerts/<uuid:alert_id>/shown", views.shown, name="shown"),
    path("alerts/<uuid:alert_id>/child", engagement_views.child, name="child"),
    path("alerts/<uuid:alert_id>/stop/", engagement_views.stop, name="stop"),
    path("alerts/<uuid:alert_id>/by-radio/", engagement_views.by_radio, name="by-radio"),
    path("alerts/<uuid:alert_id>/by-radio/stop/", engagement_views.radio_stop, name="radio-stop"),
    path("alerts/<uuid:alert_id>/receipt/", receipt_views.give, name="give-receipt"),
    path("alerts/<uuid:alert_id>/hand-over/", handover_views.hand_over, name="hand-over"),
    path("alerts/<uuid:alert_id>/hand-over/copy", handover_views.copy, name="hand-over-copy"),
    path("hand-overs/", handover_views.hand_over_list, name="hand-overs"),
    path("hand-overs/recipients/", recipient_views.recipient_list, name="recipients"),
    path(
        "deployments/<uuid:deployment_id>/engagements/", engagement_views.engagement_list, name="engagements"
    ),
    path("receipt/<str:token>/", receipt_views.receipt, name="receipt"),
    path("cy/receipt/<str:token>/", receipt_views.welsh, name="receipt-cy"),
]
