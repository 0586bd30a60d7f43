from django.urls import path

from apps.relays import views

app_name = "relays"

urlpatterns = [
    path("equipment/", views.show, name="equipment"),
    path("equipment/cameras/new/", views.register_camera, name="register-camera"),
    path("equipment/<uuid:deployment_id>/relays/new/", views.enrol, name="enrol"),
    path("equipment/codes/<uuid:code_id>/withdraw/", views.withdraw_code, name="withdraw-code"),
    path("relay/enrol/", views.claim, name="claim"),
    path("equipment/relays/<uuid:relay_id>/revoke/", views.revoke, name="revoke"),
]
