"""What arrives: signed text messages of known leads, now and then of a new one."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

SECRET = "bench-app-secret"  # signs made-up messages only
PHONE_NUMBER_ID = "118273645019283"
HOST = "leadbot.example"
NEW_EVERY = 50
TEXT = "Hola, quiero informes de un departamento en la Roma"

_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Proto: https\r\n"
    "Content-Type: application/json\r\nX-Hub-Signature-256: sha256={signature}\r\n"
    "Content-Length: {length}\r\n\r\n"
)
_BODY = (
    '{{"object":"whatsapp_business_account","entry":[{{"id":"104938271650432","changes":[{{"value":'
    '{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"525550100100",'
    '"phone_number_id":"{number}"}},"contacts":[{{"profile":{{"name":"Ana Torres"}},'
    '"wa_id":"{phone}","user_id":"{bsuid}"}}],"messages":[{{"from":"{phone}",'
    '"from_user_id":"{bsuid}","id":"{wamid}","timestamp":"{written}","type":"text",'
    '"text":{{"body":"{text}"}}}}]}},'
    '"field":"messages"}}]}}]}}'
)


@dataclass(frozen=True)
class Post:
    """One message on its way."""

    bsuid: str
    phone: str
    wamid: str
    written: int
    is_new: bool

    def body(self) -> bytes:
        """Give the bytes that Meta would post."""
        return _BODY.format(number=PHONE_NUMBER_ID, text=TEXT, **vars(self)).encode()


def known(leads: int, *, source: str) -> Iterator[Post]:
    """Messages of known leads; every fiftieth is a new lead's. `source` keeps ids apart.

    Each source starts elsewhere, or all of them would write for the same lead at the same time.
    """
    start = int(_digits(source))
    for number in count():
        is_new = number % NEW_EVERY == NEW_EVERY - 1
        yield _post(source, number, lead=None if is_new else (start + number) % leads)


def _post(source: str, number: int, *, lead: int | None) -> Post:
    person = f"{lead:08d}" if lead is not None else _digits(f"{source}.{number}")
    return Post(
        bsuid=f"MX.{person}",
        phone=f"52155{person}",
        wamid=f"wamid.{source}.{number}",
        written=int(time.time()),
        is_new=lead is None,
    )


def _digits(words: str) -> str:
    """Eight digits that no known lead has."""
    return f"9{int(hashlib.sha256(words.encode()).hexdigest()[:12], 16) % 10_000_000:07d}"


def population(leads: int) -> bytes:
    """One POST in which everybody writes for the first time."""
    value: dict[str, Any] = {}
    for number in range(leads):
        post = json.loads(_post("first", number, lead=number).body())
        one = post["entry"][0]["changes"][0]["value"]
        if not value:
            value, envelope = one, post
            continue
        value["contacts"] += one["contacts"]
        value["messages"] += one["messages"]
    return json.dumps(envelope).encode()


def request(body: bytes, *, path: str) -> bytes:
    """Sign a body and wrap it into an HTTP request."""
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    head = _HEAD.format(path=path, host=HOST, signature=signature, length=len(body))
    return head.encode() + body
