"""Telling a system of the business that a lead waits: one POST, signed as Standard Webhooks says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from integrations import http
from integrations.conf import HandoffWebhookConf
from integrations.notifying import NotifyError
from integrations.public_only import PublicOnlyAdapter

TOTAL_SECONDS = 10.0
# Nobody reads what they answer.
MAX_BYTES = 65_536


class HandoffWebhook:
    """Implements integrations.notifying.Announcer."""

    def __init__(self, conf: HandoffWebhookConf) -> None:
        self._conf = conf
        self._host = urlsplit(conf.url).hostname or ""
        self._session = http.session(total=TOTAL_SECONDS, max_bytes=MAX_BYTES)
        # A proxy from the environment would connect in our stead, to anywhere.
        self._session.trust_env = False
        if not conf.on_this_machine:
            self._session.mount("https://", PublicOnlyAdapter())

    def announce(self, *, message_id: str, event: Mapping[str, Any], now: datetime) -> None:
        """Post it once; whatever is not a 2xx raises NotifyError."""
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        stamp = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": stamp,
            "webhook-signature": sign(self._conf.key, message_id, stamp, body),
        }
        try:
            answer = self._session.post(self._conf.url, data=body, headers=headers)
        except requests.RequestException as error:
            raise NotifyError(http.in_words(error, self._host)) from None
        if not 200 <= answer.status_code < 300:
            raise NotifyError(f"{self._host} answered {answer.status_code}")


def sign(key: bytes, message_id: str, stamp: str, body: bytes) -> str:
    """The signature header, version 1."""
    signed = f"{message_id}.{stamp}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
