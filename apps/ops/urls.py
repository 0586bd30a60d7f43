from django.urls import path

from apps.ops import views

urlpatterns = [path("health/", views.show_health, name="health")]
