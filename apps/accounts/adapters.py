"""allauth's decisions, taken our way. What it would send, show or create by itself, it does not."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import Login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.stages import AuthenticateStage
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from apps.accounts import arriving, door, sign_on, sign_on_client
from apps.accounts.lockout import LOCKED, address_of
from apps.accounts.models import User
from apps.accounts.secrets import seal

WRONG_PASSWORD = "The e-mail address or the password is not right."  # noqa: S105 - words, no password
WRONG_CODE = (
    "This code is not right, or was used already. Type the one that the app shows now, or wait for the next."
)


def is_safe_path(url: str) -> bool:
    """A page of ours, given without a host: the only kind that `next` may lead to."""
    return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]  # the library has no types
    """Asked for unless the force's own sign-on says that one was used there."""

    def _should_handle(self, request: HttpRequest) -> bool:
        user = self.login.user
        if isinstance(user, User) and door.used_second_factor(request.session, user):
            return False
        return bool(super()._should_handle(request))


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the library has no types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": WRONG_PASSWORD,
        "too_many_login_attempts": LOCKED,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        return is_safe_path(url)

    def is_ajax(self, request: HttpRequest) -> bool:
        # allauth would answer a script with the form as JSON.
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Its words are not ours."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing is sent by e-mail."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is sent by e-mail."""

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)

    def get_login_stages(self) -> list[str]:
        return ["apps.accounts.adapters.SecondFactorStage"]

    def is_login_by_code_required(self, login: Login) -> bool:
        return False

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        return arriving.turn_away(request, WRONG_PASSWORD)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        return arriving.arrive(request, user, next_path=kwargs.get("redirect_url") or "")


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # the library has no types
    error_messages = {**DefaultMFAAdapter.error_messages, "incorrect_code": WRONG_CODE}

    def encrypt(self, text: str) -> str:
        return seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return seal().decrypt(encrypted_text.encode()).decode()

    def build_totp_svg(self, url: str) -> str:
        """For the page itself: no style and no script in it."""
        import qrcode  # heavy, and wanted once in a person's life
        from qrcode.image.svg import SvgPathImage

        drawn = qrcode.make(url, image_factory=SvgPathImage, box_size=10)
        return str(drawn.to_string(encoding="unicode"))

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is sent by e-mail."""


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # the library has no types
    """Providers are the forces' own rows (apps/accounts/sign_on_client.py), never of allauth's table."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        return []

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        """For a sign-in that waited for the second factor: by then only its name is of use, and no secret."""
        app = SocialApp(provider=provider, provider_id=provider, client_id=client_id or "")
        return sign_on_client.ForceProvider(request, app=app)

    def on_authentication_error(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        raise ImmediateHttpResponse(arriving.turn_away(request, sign_on.NOT_VERIFIED))

    def get_requests_session(self) -> Any:
        return sign_on_client.GuardedSession()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def authenticate_by_email(self, sociallogin: SocialLogin) -> None:
        """Never: an address is only what a provider says (apps/accounts/sign_on.py)."""
        return None

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        sign_on.let_in(request, sociallogin)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is sent by e-mail."""
