"""Copies of alerts for tests: departments with keys of their own, two administrators, an arrest."""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from apps.alerts import api as alerts
from apps.alerts.data import Outcome
from apps.alerts.handover import operations, recipients
from apps.alerts.handover.data import Bundle, HandOverData, Kind, To
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from tests.support import engaging
from tests.support.alert_stage import Stage

WHY = "A charge will rest on this alert."


@dataclass(frozen=True)
class Department:
    """A department's certificate and private key, as PEM."""

    certificate: str
    key: bytes


@cache
def _key(bits: int, which: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def department(
    which: str = "case system",
    *,
    bits: int = 3072,
    since: timedelta = timedelta(days=-1),
    until: timedelta = timedelta(days=365),
    elliptic: bool = False,
    usage: x509.KeyUsage | None = None,
) -> Department:
    """`which` names the key: the same one each time. Times are from now."""
    key: Any = ec.generate_private_key(ec.SECP256R1()) if elliptic else _key(bits, which)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, which)])
    now = utc_now()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + since)
        .not_valid_after(now + until)
    )
    if usage is not None:
        builder = builder.add_extension(usage, critical=True)
    signed = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Department(signed.public_bytes(Encoding.PEM).decode(), private)


def administrators(stage: Stage) -> tuple[Actor, Actor]:
    return tuple(  # type: ignore[return-value]
        stage.person(name, Role.FORCE_ADMIN).actor for name in ("first-admin", "second-admin")
    )


def recorded(stage: Stage, to: To = To.CASE_SYSTEM, made: Department | None = None) -> Department:
    """A certificate that one administrator recorded and another one confirmed."""
    made = made or department(to.value)
    first, second = administrators(stage)
    now = utc_now()
    with stage.context():
        waits = recipients.record(to=to, name="Our own", pem=made.certificate, actor=first, now=now)
        recipients.confirm(recipient_id=waits, actor=second, now=now)
    return made


def arrested(stage: Stage, *, subject: int = 0) -> Any:
    """An alert about the stage's subject of this number, on which an officer recorded an arrest."""
    stage.wanted()
    alert = engaging.engaged(stage, subject)
    engaging.do(stage, alerts.establish_identity, alert)
    engaging.do(stage, alerts.record_outcome, alert, outcomes=[Outcome.ARREST], status_confirmed=True)
    return alert


def asked(stage: Stage, alert: Any, kind: Kind = Kind.EVIDENTIAL, **more: Any) -> HandOverData:
    return engaging.do(stage, operations.request, alert, kind=kind, **({"reason": WHY} | more))


def approver(stage: Stage) -> Actor:
    """An authorising officer who had no part in the alert."""
    return stage.person("superintendent", Role.AUTHORISING_OFFICER).actor


def approved(stage: Stage, alert: Any, kind: Kind = Kind.EVIDENTIAL, **more: Any) -> HandOverData:
    found = asked(stage, alert, kind, **more)
    return stage.within(
        operations.approve,
        hand_over_id=found.id,
        actor=approver(stage),
        now=more.get("now") or utc_now(),
    )


def collected(stage: Stage, found: HandOverData, *, now: datetime | None = None) -> Bundle:
    return stage.within(
        operations.collect, hand_over_id=found.id, actor=approver(stage), now=now or utc_now()
    )


def unzipped(content: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def openssl(*words: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *words], cwd=folder, capture_output=True, check=False)


def opened(bundle: bytes, private: bytes, folder: Path) -> Mapping[str, bytes]:
    """What a department finds that opens the copy with its key and openssl."""
    folder.mkdir(exist_ok=True)
    (folder / "sealed.cms").write_bytes(unzipped(bundle)["sealed.cms"])
    (folder / "department.key").write_bytes(private)
    words = "cms -decrypt -inform DER -in sealed.cms -inkey department.key -out copy.zip"
    done = openssl(*words.split(), folder=folder)
    assert done.returncode == 0, done.stderr
    return unzipped((folder / "copy.zip").read_bytes())
