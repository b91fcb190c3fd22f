"""One JSON object per log line, with the ids of what it is about and without what was said."""

from __future__ import annotations

import hashlib
import logging
import re
import time
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from integrations import logcontext

FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s"
# Fields that libraries attach and that can carry a person's words, number or key.
WITHHELD = frozenset(
    {"request", "body", "data", "payload", "headers", "job", "call_string", "task_kwargs", "args"}
)
MONITORED = frozenset({"/readyz", "/metrics"})
REDACTIONS = (
    (re.compile(r"(?i)\b(bearer|token)\s+[\w.~+/-]{8,}=*"), r"\1 [secret]"),
    (re.compile(r"\b(sk-|EAA)[\w-]{8,}"), "[secret]"),
    (
        re.compile(
            r"(?i)(access_token|client_secret|hub\.verify_token|password|api_key)"
            r"([\"']?\s*[=:]\s*[\"']?)[^\s&\"',}]+"
        ),
        r"\1\2[secret]",
    ),
    # A provider's message id holds the phone number in base64.
    (re.compile(r"wamid\.[\w+/=-]+"), "[wamid]"),
    (re.compile(r"(?<![\w.:-])(?!\d{4}-\d\d-\d\d)\+?\d(?:[ ().-]?\d){8,14}(?![\w-])"), "[number]"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[email]"),
)


class CorrelationFilter(logging.Filter):
    """Attach the bound ids to every record of this thread or task."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass, with its ids."""
        for name, value in logcontext.current().items():
            setattr(record, name, _digest(value) if name == "wamid" else value)
        return True


class ReadinessFilter(logging.Filter):
    """Leave out that a monitor was told no: it asks again every few seconds."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass but that."""
        path = getattr(getattr(record, "request", None), "path", "")
        return path not in MONITORED or getattr(record, "status_code", 0) != 503


class Formatter(JsonFormatter):
    """Write JSON and take out secrets and phone numbers, wherever in the line they stand."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        renamed = {"asctime": "at", "levelname": "level", "name": "logger"}
        super().__init__(FIELDS, *args, rename_fields=renamed, **kwargs)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Redact after everything is merged, so that no field escapes."""
        record = super().process_log_record(log_data)
        return {
            name: value if name in logcontext.IDS or name == "at" else redact(value)
            for name, value in record.items()
            if name not in WITHHELD
        }


def redact(value: Any) -> Any:
    """Replace secrets, phone numbers and addresses in a value of any shape."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {key: redact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    text = str(value)
    for pattern, replacement in REDACTIONS:
        text = pattern.sub(replacement, text)
    return text


def _digest(wamid: str) -> str:
    """Keep a provider's message id comparable without the phone number inside it."""
    return hashlib.sha256(wamid.encode()).hexdigest()[:16]
