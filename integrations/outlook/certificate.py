"""The app's certificate: one PEM text with the private key and the certificate."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

BLOCK = re.compile(r"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)


class CertificateError(ValueError):
    """Not a certificate that the app can sign in with; its words quote nothing of it."""


@dataclass(frozen=True)
class ClientCertificate:
    """What the app proves itself with."""

    private_key: str = field(repr=False)
    certificate: str = field(repr=False)
    expires_at: datetime


def read_certificate(pem: str) -> ClientCertificate:
    """Read and compare both parts; msal would only stumble over them at the first token."""
    blocks = [(found[1], found[0]) for found in BLOCK.finditer(pem)]
    keys = [text for label, text in blocks if label.endswith("PRIVATE KEY")]
    certificates = [text for label, text in blocks if label == "CERTIFICATE"]
    if len(keys) != 1 or not certificates:
        raise CertificateError("it must hold one private key and its certificate, both as PEM")
    try:
        key = load_pem_private_key(keys[0].encode(), password=None)
        certificate = load_pem_x509_certificate(certificates[0].encode())
        same = certificate.public_key() == key.public_key()
    except TypeError:
        raise CertificateError("its private key is locked by a passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateError("a part of it is damaged") from None
    if not isinstance(key, RSAPrivateKey):
        raise CertificateError("Microsoft takes RSA keys only")
    if not same:
        raise CertificateError(
            "its private key belongs to another certificate (put that one first)"
        )
    return ClientCertificate(keys[0], certificates[0], certificate.not_valid_after_utc)
