"""Reading what Graph answered; what cannot be read is no answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from integrations.outlook.errors import NoAnswerError
from integrations.outlook.payloads import Event, Wire
from integrations.scheduling import BookedEvent

Read = TypeVar("Read", bound=Wire)


def read(model: type[Read], body: Mapping[str, Any], *, writes: bool = False) -> Read:
    """Read an answer; `writes` when the call may have changed something all the same."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise NoAnswerError(
            f"Microsoft Graph's {model.__name__} could not be read ({error.error_count()} errors)",
            ambiguous=writes,
        ) from None


def booked(event: Event, *, writes: bool = False) -> BookedEvent:
    """Take an event as our booking."""
    try:
        return event.booked()
    except ValueError as error:
        raise NoAnswerError(str(error), ambiguous=writes) from None
