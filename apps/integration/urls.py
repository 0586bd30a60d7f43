from django.urls import path, re_path

from apps.integration import rest_audit, rest_deployments, rest_imports, rest_reading, views, webhook_views

app_name = "integration"

urlpatterns = [
    path("force/tokens/", views.tokens, name="tokens"),
    path("force/tokens/new/", views.new_token, name="new-token"),
    path("force/tokens/<uuid:token_id>/revoke/", views.revoke_token, name="revoke-token"),
    path("force/webhooks/", webhook_views.webhooks, name="webhooks"),
    path("force/webhooks/new/", webhook_views.new_webhook, name="new-webhook"),
    path("force/webhooks/<uuid:webhook_id>/", webhook_views.webhook, name="webhook"),
    path("api/v1/schema/", views.schema, name="schema"),
    path("api/v1/cameras/", rest_deployments.Cameras.as_view(), name="api-cameras"),
    path("api/v1/deployments/", rest_deployments.Deployments.as_view(), name="api-deployments"),
    path(
        "api/v1/deployments/<uuid:deployment_id>/",
        rest_deployments.Deployment.as_view(),
        name="api-deployment",
    ),
    path("api/v1/deployments/<uuid:deployment_id>/plan/", rest_deployments.Plan.as_view(), name="api-plan"),
    path(
        "api/v1/deployments/<uuid:deployment_id>/submit/",
        rest_deployments.Submission.as_view(),
        name="api-submit",
    ),
    path(
        "api/v1/deployments/<uuid:deployment_id>/cancel/",
        rest_deployments.Cancellation.as_view(),
        name="api-cancel",
    ),
    path("api/v1/deployments/<uuid:deployment_id>/notice/", rest_reading.Notice.as_view(), name="api-notice"),
    path(
        "api/v1/deployments/<uuid:deployment_id>/imports/", rest_imports.Imports.as_view(), name="api-imports"
    ),
    path(
        "api/v1/deployments/<uuid:deployment_id>/imports/<uuid:job_id>/",
        rest_imports.Import.as_view(),
        name="api-import",
    ),
    path(
        "api/v1/deployments/<uuid:deployment_id>/imports/<uuid:job_id>/pictures/",
        rest_imports.MorePictures.as_view(),
        name="api-extend-import",
    ),
    path(
        "api/v1/deployments/<uuid:deployment_id>/imports/<uuid:job_id>/conflicts/",
        rest_imports.Conflicts.as_view(),
        name="api-import-conflicts",
    ),
    path(
        "api/v1/deployments/<uuid:deployment_id>/imports/<uuid:job_id>/confirm/",
        rest_imports.Confirmation.as_view(),
        name="api-confirm-import",
    ),
    path(
        "api/v1/deployments/<uuid:deployment_id>/imports/<uuid:job_id>/discard/",
        rest_imports.Discarding.as_view(),
        name="api-discard-import",
    ),
    path("api/v1/notices/", rest_reading.Notices.as_view(), name="api-notices"),
    path("api/v1/records/", rest_reading.Records.as_view(), name="api-records"),
    path("api/v1/records/<str:reference>/", rest_reading.Record.as_view(), name="api-record"),
    path("api/v1/audit/export/", rest_audit.AuditExport.as_view(), name="api-audit-export"),
    re_path(r"^api/", views.nothing_here, name="api-nothing-here"),
]
