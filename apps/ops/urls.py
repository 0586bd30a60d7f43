from django.urls import path

from apps.ops import views
from apps.ops.metrics.views import show_metrics

urlpatterns = [
    path("health/", views.show_health, name="health"),
    # Without a slash at the end, which is where Prometheus asks.
    path("metrics", show_metrics, name="metrics"),
]
