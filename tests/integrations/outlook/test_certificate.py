"""Signing in with a certificate instead of a secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from django.test import RequestFactory
from pytest_django import Settings

from integrations import registry
from integrations.outlook.auth import TokenSource
from integrations.outlook.certificate import CertificateError, read_certificate
from integrations.scheduling import CalendarError
from integrations.simulator.graph import tokens
from tests.integrations.misbehaving import Provider, answer
from tests.integrations.outlook.conftest import make_conf

PATH = "/contoso.example/oauth2/v2.0/token"
ENDS_AT = datetime(2030, 1, 1, tzinfo=UTC)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Pem:
    """Both parts as text."""

    key: str
    certificate: str

    @property
    def whole(self) -> str:
        return f"{self.key}\n{self.certificate}"


def make_pem(key: Key, passphrase: bytes = b"") -> Pem:
    locked = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leadbot")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(ENDS_AT - timedelta(days=3650))
        .not_valid_after(ENDS_AT)
        .sign(key, SHA256())
    )
    return Pem(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked).decode(),
        certificate.public_bytes(Encoding.PEM).decode(),
    )


@pytest.fixture(scope="module")
def keys() -> tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]:
    return rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def pem(keys: tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]) -> Pem:
    return make_pem(keys[0])


def test_both_parts_are_read_in_any_order_and_never_shown(pem: Pem) -> None:
    for text in (pem.whole, pem.certificate + "# a remark\r\n" + pem.key):
        read = read_certificate(text)
        assert read.private_key.strip() == pem.key.strip()
        assert read.certificate.strip() == pem.certificate.strip()
        assert read.expires_at == ENDS_AT
        assert "BEGIN" not in repr(read)
        assert registry.certificate_problem(text) == ""


def test_what_cannot_be_used_is_said_without_quoting_it(
    keys: tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey], pem: Pem
) -> None:
    other, middle = make_pem(keys[1]), len(pem.certificate) // 2
    for text, why in (
        ("", "one private key"),
        ("leadbot.pem", "one private key"),
        (pem.key, "one private key"),
        (pem.certificate, "one private key"),
        (pem.whole + other.key, "one private key"),
        (pem.key + other.certificate, "another certificate"),
        (pem.key + pem.certificate[:middle] + pem.certificate[middle + 8 :], "damaged"),
        (make_pem(keys[0], b"word").whole, "passphrase"),
        (make_pem(ec.generate_private_key(ec.SECP256R1())).whole, "RSA"),
    ):
        with pytest.raises(CertificateError, match=why) as caught:
            read_certificate(text)
        assert "MII" not in str(caught.value)
        assert registry.certificate_problem(text) == str(caught.value)


def test_the_simulated_entra_takes_what_is_signed_with_the_certificate(
    keys: tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey],
    pem: Pem,
    provider: Provider,
    settings: Settings,
    rf: RequestFactory,
) -> None:
    provider.plays(answer(200, {"expires_in": 3599, "access_token": "x", "token_type": "Bearer"}))
    conf = make_conf(provider.url, client_secret="", client_certificate=pem.whole)
    assert TokenSource(conf).token() == "x"
    (seen,) = provider.seen
    form = {name: value for name, (value,) in parse_qs(seen.body.decode()).items()}
    assert "client_secret" not in form

    def status(tenant: str = "contoso.example", **changes: Any) -> int:
        request = rf.post(PATH, {**form, **changes})
        return tokens.token(request, tenant).status_code

    settings.OUTLOOK_CLIENT_CERTIFICATE = pem.whole
    assert status() == 200
    assert status("fabrikam.example") == 401
    assert status(client_id="another") == 401
    assert status(client_assertion_type="saml") == 401
    assert status(client_assertion=form["client_assertion"][:-8]) == 401
    settings.OUTLOOK_CLIENT_CERTIFICATE = make_pem(keys[1]).whole
    assert status() == 401
    settings.OUTLOOK_CLIENT_CERTIFICATE = ""
    assert status() == 401


def test_neither_or_both_or_a_broken_one_asks_nobody(provider: Provider, pem: Pem) -> None:
    for secret, certificate in (("s", pem.whole), ("", ""), ("", pem.key)):
        conf = make_conf(provider.url, client_secret=secret, client_certificate=certificate)
        with pytest.raises(CalendarError, match="OUTLOOK_CLIENT_CERTIFICATE") as caught:
            TokenSource(conf).token()
        assert caught.value.permanent
    assert provider.seen == []
