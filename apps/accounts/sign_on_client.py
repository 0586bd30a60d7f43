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
import urllib3
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
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
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
ENDPOINTS = (*NEEDED, "userinfo_endpoint")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass
class SignOn:
    """One attempt through a force's provider; `claims` once its token is verified."""

    force: ForceData
    provider: IdentityProvider
    claims: Mapping[str, Any]


def secret_name(provider_id: UUID, *, waits: bool = False) -> str:
    """`waits`: of settings that nobody has confirmed yet."""
    return f"sign-on-{provider_id}" + ("-waiting" if waits else "")


def key_of(force_id: UUID, issuer: str) -> str:
    """Under which a person's identity there is stored: another issuer, or another force, is somebody else."""
    return f"{force_id}:{hashlib.sha256(issuer.encode()).hexdigest()[:32]}"


def check_address(url: str) -> None:
    """TLS, and a host that somebody else runs. Raises RuleViolated; looks nothing up."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if settings.LFR_SIGN_ON_LOOPBACK and parts.scheme in {"http", "https"} and _is_loopback(host):
        return
    if parts.scheme == "https" and host and parts.username is None and _may_be_public(host):
        return
    raise RuleViolated(["The address of an identity provider begins with https:// and names its host."])


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _may_be_public(host: str) -> bool:
    if host == "localhost":
        return False
    try:
        return is_public(ipaddress.ip_address(host))
    except ValueError:
        return True  # a name: where it leads is looked at when it is asked


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Reached over the internet: not this machine, its link, a private or shared network, or a group.

    An address of IPv6 that stands for one of IPv4 (mapped, 6to4, Teredo, NAT64) is judged by that one.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if not all(is_public(one) for one in inner if one is not None):
            return False
        if address.ipv4_mapped is not None:
            return True
    return address.is_global and not address.is_multicast


def _refuse_ours(place: str) -> None:
    """Raises InvalidURL unless `place`, an address, may be asked."""
    address = ipaddress.ip_address(place.partition("%")[0])
    if not is_public(address) and not (settings.LFR_SIGN_ON_LOOPBACK and address.is_loopback):
        raise requests.exceptions.InvalidURL("the identity provider's name leads to an address of ours")


class _Watched:
    """A connection that looks at where it has really arrived before anything is sent: a name may lead
    elsewhere when it is looked up a second time."""

    def _new_conn(self) -> socket.socket:
        reached: socket.socket = super()._new_conn()  # type: ignore[misc]  # of the class beside it
        try:
            _refuse_ours(str(reached.getpeername()[0]))
        except requests.exceptions.InvalidURL:
            reached.close()
            raise
        return reached


class _WatchedHTTP(_Watched, urllib3.connection.HTTPConnection):
    pass


class _WatchedHTTPS(_Watched, urllib3.connection.HTTPSConnection):
    pass


class _PoolHTTP(urllib3.HTTPConnectionPool):
    ConnectionCls = _WatchedHTTP


class _PoolHTTPS(urllib3.HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPS


class _WatchedAdapter(requests.adapters.HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PoolHTTP, "https": _PoolHTTPS}


class GuardedSession(requests.Session):
    """Follows no redirect, reads no more than it needs, and asks nothing of this machine or its networks."""

    def __init__(self) -> None:
        super().__init__()
        # No proxy, which would look names up anew, and no password file of the machine's user.
        self.trust_env = False
        for scheme in ("http://", "https://"):
            self.mount(scheme, _WatchedAdapter())

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
    """Raises InvalidURL for a name that leads to this machine, to a network of ours or to no host."""
    parts = urlsplit(url)
    if settings.LFR_SIGN_ON_LOOPBACK and _is_loopback(parts.hostname):
        return
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as unknown:
        raise requests.exceptions.ConnectionError("the identity provider's host is not known") from unknown
    for *_, place in found:
        _refuse_ours(str(place[0]))


class ForceProvider(OpenIDConnectProvider):  # type: ignore[misc]  # the library has no types
    pkce_enabled_default = True

    def get_oauth2_adapter(self, request: HttpRequest) -> ForceClient:
        return ForceClient(request, request.sign_on)  # type: ignore[attr-defined]  # set by the view


class ForceClient(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # the library has no types
    """allauth's client for one force's provider, whose row is the app."""

    def __init__(self, request: HttpRequest, sign_on: SignOn) -> None:
        self.sign_on = sign_on
        self.app = app_of(sign_on)
        self._checked: dict[str, Any] | None = None
        super().__init__(request, self.app.provider_id)

    def get_provider(self) -> ForceProvider:
        return ForceProvider(self.request, app=self.app)

    @property
    def openid_config(self) -> dict[str, Any]:
        if self._checked is not None:
            return self._checked
        config: dict[str, Any] = super().openid_config
        wanted = self.sign_on.provider.issuer.rstrip("/")
        if str(config.get("issuer", "")).rstrip("/") != wanted:
            raise OAuth2Error("the provider's description is of another issuer")
        # All of them, and before any is used: the browser is sent to the first one.
        for name in ENDPOINTS:
            if name in config or name in NEEDED:
                check_address(str(config.get(name, "")))
                _check_where_it_leads(str(config[name]))
        self._checked = config
        return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        path = reverse("sign-on-callback", args=[self.sign_on.force.slug])
        return str(build_absolute_uri(request, path))

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        """Raises OAuth2Error for a token that is not ours, now, from this provider."""
        claims = self._verified(str(kwargs["response"].get("id_token") or ""))
        wanted = {self.sign_on.provider.role_claim, "email", "email_verified"}
        if wanted - claims.keys() and "userinfo_endpoint" in self.openid_config:
            told = self._fetch_user_info(token.token)
            if told.get("sub") != claims["sub"]:
                raise OAuth2Error("the provider told of somebody else")
            if told.get("email") != claims.get("email", told.get("email")):
                # Whether one address is verified says nothing about another one.
                told.pop("email_verified", None)
            claims = {**told, **claims}
        self.sign_on.claims = claims
        # Only who it is goes into allauth's hands: it would store the rest. It writes `extra_data` at each
        # sign-in, and there stands who made the link (sign_on_links.py): so it is given what stands there.
        login = self.get_provider().sociallogin_from_response(request, {"id_token": {"sub": claims["sub"]}})
        kept = SocialAccount.objects.filter(provider=login.account.provider, uid=login.account.uid).first()
        login.account.extra_data = kept.extra_data if kept else {}
        return login

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
