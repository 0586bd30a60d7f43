from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_login_failed  # models must be loaded first

        from apps.accounts import lockout, retention

        retention.register()
        user_login_failed.connect(lockout.note_later, dispatch_uid="accounts.note_failed_sign_in")
