"""Speaking to a force's identity provider: OpenID Connect by allauth's client, with our own checks around it.

Every address that the provider's description names is fetched by `GuardedSession` only. The id token is
verified in full (signature, issuer, audience, time, nonce); nothing is believed because it came over TLS.
"""

from __future__ import annotations

import hashlib
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import jwt
import requests
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.utils import build_absolute_uri
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from apps.accounts.models import IdentityProvider
from apps.accounts.secrets import secrets
from apps.core.errors import RuleViolated
from apps.forces.data import ForceData

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
ANSWERS_WITHIN_S = 5
LARGEST_ANSWER = 1024 * 1024
SCOPE = ["openid", "profile", "email"]


@dataclass
class SignOn:
    """One attempt through a force's provider; `claims` once its token is verified."""

    force: ForceData
    provider: IdentityProvider
    claims: Mapping[str, Any]


def secret_name(provider_id: UUID) -> str:
    return f"sign-on-{provider_id}"


def key_of(force_id: UUID, issuer: str) -> str:
    """Under which a person's identity there is stored: another issuer, or another force, is somebody else."""
    return f"{force_id}:{hashlib.sha256(issuer.encode()).hexdigest()[:32]}"


def check_address(url: str) -> None:
    """TLS, and a host that somebody else runs. Raises RuleViolated; looks nothing up."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname and not parts.username and not _is_loopback(parts.hostname):
        return
    if settings.LFR_SIGN_ON_LOOPBACK and parts.scheme in {"http", "https"} and _is_loopback(parts.hostname):
        return
    raise RuleViolated(["The address of an identity provider begins with https:// and names its host."])


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


class GuardedSession(requests.Session):
    """Follows no redirect, reads no more than it needs, and asks nothing of this machine or its link."""

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        try:
            check_address(str(url))
        except RuleViolated as refused:
            raise requests.exceptions.InvalidURL(refused.message) from refused
        _check_where_it_leads(str(url))
        kwargs |= {"allow_redirects": False, "timeout": ANSWERS_WITHIN_S, "stream": True}
        response = super().request(method, url, *args, **kwargs)
        content = response.raw.read(LARGEST_ANSWER + 1, decode_content=True)
        if len(content) > LARGEST_ANSWER:
            raise requests.exceptions.ContentDecodingError("the answer of the identity provider is too large")
        response._content = content
        if response.is_redirect:
            raise requests.exceptions.TooManyRedirects("an identity provider does not redirect here")
        return response


def _check_where_it_leads(url: str) -> None:
    """Raises InvalidURL for a name that leads to this machine, to the cloud's metadata or to no host."""
    parts = urlsplit(url)
    if settings.LFR_SIGN_ON_LOOPBACK and _is_loopback(parts.hostname):
        return
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as unknown:
        raise requests.exceptions.ConnectionError("the identity provider's host is not known") from unknown
    for *_, place in found:
        address = ipaddress.ip_address(str(place[0]).partition("%")[0])
        if (
            address.is_loopback
            or address.is_link_local
            or address.is_multicast
            or address.is_unspecified
            or address.is_reserved
        ):
            raise requests.exceptions.InvalidURL("the identity provider's name leads to an address of ours")


class ForceProvider(OpenIDConnectProvider):  # type: ignore[misc]  # the library has no types
    pkce_enabled_default = True

    def get_oauth2_adapter(self, request: HttpRequest) -> ForceClient:
        return ForceClient(request, request.sign_on)  # type: ignore[attr-defined]  # set by the view


class ForceClient(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # the library has no types
    """allauth's client for one force's provider, whose row is the app."""

    def __init__(self, request: HttpRequest, sign_on: SignOn) -> None:
        self.sign_on = sign_on
        self.app = app_of(sign_on)
        super().__init__(request, self.app.provider_id)

    def get_provider(self) -> ForceProvider:
        return ForceProvider(self.request, app=self.app)

    @property
    def openid_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().openid_config
        wanted = self.sign_on.provider.issuer.rstrip("/")
        if str(config.get("issuer", "")).rstrip("/") != wanted:
            raise OAuth2Error("the provider's description is of another issuer")
        check_address(str(config.get("authorization_endpoint", "")))
        return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        path = reverse("sign-on-callback", args=[self.sign_on.force.slug])
        return str(build_absolute_uri(request, path))

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        """Raises OAuth2Error for a token that is not ours, now, from this provider."""
        claims = self._verified(str(kwargs["response"].get("id_token") or ""))
        if self.sign_on.provider.role_claim not in claims and "userinfo_endpoint" in self.openid_config:
            told = self._fetch_user_info(token.token)
            if told.get("sub") != claims["sub"]:
                raise OAuth2Error("the provider told of somebody else")
            claims = {**told, **claims}
        self.sign_on.claims = claims
        # Only who it is goes into allauth's hands: it would store the rest.
        return self.get_provider().sociallogin_from_response(request, {"id_token": {"sub": claims["sub"]}})

    def _verified(self, id_token: str) -> dict[str, Any]:
        with GuardedSession() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        try:
            keys = jwt.PyJWKSet.from_dict(answer.json())
            key_id = jwt.get_unverified_header(id_token).get("kid")
            key = next((k for k in keys.keys if k.key_id == key_id), None)
            if key is None and key_id is None and len(keys.keys) == 1:
                key = keys.keys[0]
            if key is None:
                raise OAuth2Error("the token is signed with a key that the provider does not publish")
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key=key,
                algorithms=ALGORITHMS,
                issuer=self.openid_config["issuer"],
                audience=self.app.client_id,
                leeway=30,
                options={"require": ["exp", "iat", "sub", "iss", "aud", "nonce"]},
            )
        except (jwt.PyJWTError, ValueError) as refused:
            raise OAuth2Error("the provider's token is not good") from refused
        return claims


def app_of(sign_on: SignOn) -> SocialApp:
    """What allauth wants to know of a provider; never saved."""
    provider = sign_on.provider
    return SocialApp(
        provider="openid_connect",
        provider_id=key_of(sign_on.force.id, provider.issuer),
        name=provider.name[:40],
        client_id=provider.client_id,
        secret=secrets().get(secret_name(provider.id)) or "",
        settings={"server_url": provider.issuer.rstrip("/"), "scope": SCOPE, "oauth_pkce_enabled": True},
    )
