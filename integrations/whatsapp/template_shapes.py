"""What a template says, read from its components, and the body of a message that uses one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Annotated, Any

from integrations.messaging import (
    SendError,
    SendVerdict,
    TemplateButton,
    TemplateShape,
    TemplateUse,
)
from integrations.whatsapp import payloads
from integrations.whatsapp.fields import Raw, Raws, Text, Word, objects, stored
from integrations.whatsapp.payloads import Payload
from integrations.whatsapp.text import clean

PLACE = re.compile(r"\{\{\s*([0-9A-Za-z_]{1,64})\s*\}\}")
NAME = re.compile(r"[a-z0-9_]{1,512}")
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,4})?")
# Meta's error 132018 in its own words.
MISFIT = re.compile(r"[\n\r\t]| {5,}")
MAX_HEADER, MAX_VALUE, MAX_VALUES, MAX_URL_VALUE = 60, 1024, 100, 2000
# Buttons that carry nothing of ours; the others need a form, a code or a catalogue.
PLAIN_BUTTONS = {"url", "quick_reply", "phone_number"}
PLAIN_COMPONENTS = {"header", "body", "footer", "buttons"}


class Component(Payload):
    """One part of a template."""

    type: Word = ""
    format: Word = ""
    text: Text = ""
    buttons: Raws = []
    example: Raw = {}


class Button(Payload):
    """One button of a template."""

    type: Word = ""
    text: Annotated[str, stored(200)] = ""
    url: Annotated[str, stored(4000)] = ""
    example: Any = None


def read_template(components: Sequence[Any]) -> TemplateShape:
    """Read Meta's components; what we cannot fill makes an obstacle, never an error."""
    parts = [part for raw in components if (part := payloads.soft(Component, raw))]
    known = {part.type.lower(): part for part in parts}
    header, body = known.get("header", Component()), known.get("body", Component())
    buttons = _buttons(known.get("buttons", Component()))
    return TemplateShape(
        header=header.text,
        body=body.text,
        footer=known.get("footer", Component()).text,
        buttons=tuple(button for button, _ in buttons),
        header_places=_places(header.text),
        body_places=_places(body.text),
        samples=dict(_samples(header, body, buttons)),
        obstacle=_obstacle(known, [raw.type.lower() for _, raw in buttons]),
    )


def _buttons(component: Component) -> list[tuple[TemplateButton, Button]]:
    read = ((i, payloads.soft(Button, raw)) for i, raw in enumerate(component.buttons))
    return [
        (TemplateButton(i, raw.text, raw.url, bool(PLACE.search(raw.url))), raw)
        for i, raw in read
        if raw
    ]


def _places(text: str) -> tuple[str, ...]:
    """In the order of their numbers, or of the text; each once, as Meta counts them."""
    found = dict.fromkeys(PLACE.findall(text))
    if all(place.isdigit() for place in found):
        return tuple(sorted(found, key=int))
    return tuple(found)


def _obstacle(known: Mapping[str, Component], buttons: Sequence[str]) -> str:
    header = known.get("header", Component()).format.lower()
    if header not in {"", "text"}:
        return header
    strange = [*(set(known) - PLAIN_COMPONENTS), *(set(buttons) - PLAIN_BUTTONS)]
    if strange:
        return min(strange) or "component"
    return "" if known.get("body", Component()).text else "body"


def _samples(
    header: Component, body: Component, buttons: Sequence[tuple[TemplateButton, Button]]
) -> Iterator[tuple[str, str]]:
    """What Meta's reviewer was shown, by the key of the place."""
    for part, place in ((header, "header"), (body, "body")):
        for row in objects(part.example.get(f"{place}_text_named_params")):
            yield f"{place}:{row.get('param_name')}", clean(str(row.get("example")), 200)
        given = part.example.get(f"{place}_text")
        given = given[0] if given and isinstance(given, list) and place == "body" else given
        for number, sample in enumerate(given if isinstance(given, list) else [], 1):
            yield f"{place}:{number}", clean(str(sample), 200)
    for button, raw in buttons:
        given = raw.example[0] if isinstance(raw.example, list) and raw.example else raw.example
        if isinstance(given, str):
            # Meta keeps the whole address; the value is its end.
            fixed = PLACE.split(button.url)[0]
            yield f"button:{button.index}", clean(given.removeprefix(fixed), 200)


def template_body(use: TemplateUse | None) -> dict[str, Any]:
    """Give the request's `template`; raises SendError for what WhatsApp would never take."""
    if use is None:
        raise _refusal("the message names no template")
    if not NAME.fullmatch(use.name) or not LANGUAGE.fullmatch(use.language):
        raise _refusal("the template's name or language is not valid")
    components = [
        *_component("header", _parameters(use.header, use.header_names, MAX_HEADER)),
        *_component("body", _parameters(use.body, use.names, MAX_VALUE)),
        *(_button(index, value) for index, value in use.buttons),
    ]
    if len({index for index, _ in use.buttons}) != len(use.buttons):
        raise _refusal("a button of the template is filled twice")
    body: dict[str, Any] = {"name": use.name, "language": {"code": use.language}}
    return body | ({"components": components} if components else {})


def _component(kind: str, parameters: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [{"type": kind, "parameters": parameters}] if parameters else []


def _parameters(values: Sequence[str], names: Sequence[str], limit: int) -> list[dict[str, str]]:
    if len(values) > MAX_VALUES or (names and len(names) != len(values)):
        raise _refusal("the template's variables do not match their names")
    parameters = []
    for value, name in zip_longest(values, names):
        parameter = {"type": "text", "text": _value(value, limit)}
        parameters.append(parameter | ({"parameter_name": name} if name else {}))
    return parameters


def _button(index: int, value: str) -> dict[str, Any]:
    if not 0 <= index <= 9:
        raise _refusal("the template has no such button")
    return {
        "type": "button",
        "sub_type": "url",
        "index": str(index),
        "parameters": [{"type": "text", "text": _value(value, MAX_URL_VALUE)}],
    }


def _value(value: str, limit: int) -> str:
    value = clean(value, len(value))
    if not value.strip():
        raise _refusal("a variable of the template is empty")
    if len(value) > limit:
        raise _refusal(f"a variable of the template has more than {limit} characters")
    if MISFIT.search(value):
        raise _refusal("a variable of the template has a line break, a tab or many spaces")
    return value


def _refusal(reason: str) -> SendError:
    return SendError(reason, verdict=SendVerdict.FAILED)
