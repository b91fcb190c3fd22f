"""What a template says with its variables filled, and whether WhatsApp would take the values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from conversations.models import Lead, MessageTemplate
from integrations import registry
from integrations.messaging import TemplateShape, TemplateUse

PLACE = re.compile(r"\{\{\s*([0-9A-Za-z_]{1,64})\s*\}\}")
LONGEST_BODY, LONGEST_HEADER, LONGEST_LINK_END = 1024, 60, 2000
# WhatsApp's error 132018: parameters stand within a line.
LAYOUT = re.compile(r"[\n\r\t\v\f\x85\u2028\u2029]| {4,}")
NAMED_LIKE_A_NAME = re.compile(
    r"(?:first_?|full_?|customer_?|client_?|lead_?|contact_?|user_?)?name"
    r"|nombre(?:_\w+)?|(?:primer_)?nombre|nome(?:_\w+)?",
    re.IGNORECASE,
)
# "Hola {{1}}", "¡Buenos días, {{1}}!", "Dear {{1}}": whoever is greeted so is the lead.
GREETED = re.compile(
    r"\b(?:hola|buen(?:os|as|a)?(?:\s+(?:d[ií]as?|tardes?|noches?))?|estimad[oa](?:\(a\))?|querid[oa]"
    r"|hi|hello|hey|dear|good\s+(?:morning|afternoon|evening)|ol[aá]|oi|bom\s+dia)"
    r"[\s,*_!¡]*$",
    re.IGNORECASE,
)
# Stands where we do not know a name: "Hola buen día, te recordamos…", "Hi there, …".
NAMELESS = {"es": "buen día", "en": "there", "pt": "tudo bem"}


class ValueProblem(TextChoices):
    """Why WhatsApp would not take a value, and in words for who typed it."""

    MISSING = "missing", _("Fill this in: WhatsApp takes no empty value.")
    LAYOUT = "layout", _("No line breaks, tabs or several spaces in a row.")
    TOO_LONG = "too_long", _("Too long for WhatsApp: shorten it.")


@dataclass(frozen=True)
class Variable:
    """A place to fill. `key` is unique in its template: header:1, body:name, button:0."""

    key: str
    place: str
    sample: str
    is_name: bool


@dataclass(frozen=True)
class Preview:
    """A template as the lead would see it."""

    header: str
    body: str
    footer: str
    buttons: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it in one text."""
        return "\n\n".join(filter(None, (self.header, self.body, self.footer)))


def shape_of(template: MessageTemplate) -> TemplateShape:
    """Read a template's components."""
    return registry.read_template(template.components)


def variables_of(template: MessageTemplate) -> tuple[Variable, ...]:
    """Everything to fill, from top to bottom."""
    return tuple(_variables(shape_of(template)))


def prefilled(template: MessageTemplate, *, lead: Lead) -> dict[str, str]:
    """What we can fill in ourselves: the lead's name, or a neutral word instead."""
    name = (lead.name or lead.profile_name).split()
    word = " ".join(name[:1])[:60] or nameless(template.language)
    return {each.key: word for each in variables_of(template) if each.is_name}


def nameless(language: str) -> str:
    """What stands for a name that nobody knows, in the template's language."""
    return NAMELESS.get(language.partition("_")[0].lower(), "")


def filled(template: MessageTemplate, values: Mapping[str, str]) -> dict[str, str]:
    """Values for exactly the template's variables; an empty name becomes the neutral word."""
    given = {each: _clean(values.get(each.key, "")) for each in variables_of(template)}
    word = nameless(template.language)
    return {each.key: value or (word if each.is_name else "") for each, value in given.items()}


def check(template: MessageTemplate, values: Mapping[str, str]) -> dict[str, ValueProblem]:
    """What is wrong with which value, once empty names are filled; nothing: it may go."""
    ready = filled(template, values)
    problems = {key: problem for key, value in ready.items() if (problem := _problem(key, value))}
    shown = preview(template, ready)
    parts = (("header", shown.header, LONGEST_HEADER), ("body", shown.body, LONGEST_BODY))
    for part, text, most in parts:
        last = [key for key in ready if key.startswith(f"{part}:")][-1:]
        if len(text) > most:
            problems |= {key: ValueProblem.TOO_LONG for key in last if key not in problems}
    return problems


def preview(template: MessageTemplate, values: Mapping[str, str]) -> Preview:
    """Show the template with these values; what is empty keeps its place."""
    shape = shape_of(template)
    return Preview(
        header=_fill(shape.header, "header", values),
        body=_fill(shape.body, "body", values),
        footer=shape.footer,
        buttons=tuple(button.text for button in shape.buttons),
    )


def use_of(template: MessageTemplate, values: Mapping[str, str]) -> TemplateUse:
    """Give what a channel sends; needs values that passed `check`."""
    shape, ready = shape_of(template), filled(template, values)
    named = template.named_parameters
    return TemplateUse(
        name=template.name,
        language=template.language,
        header=tuple(ready[f"header:{place}"] for place in shape.header_places),
        body=tuple(ready[f"body:{place}"] for place in shape.body_places),
        names=shape.body_places if named else (),
        buttons=tuple(
            (b.index, ready[f"button:{b.index}"]) for b in shape.buttons if b.takes_value
        ),
        header_names=shape.header_places if named else (),
    )


def _variables(shape: TemplateShape) -> Iterator[Variable]:
    parts = (
        ("header", shape.header, shape.header_places),
        ("body", shape.body, shape.body_places),
    )
    for part, text, places in parts:
        for place in places:
            key = f"{part}:{place}"
            yield Variable(key, place, shape.samples.get(key, ""), _is_name(text, place))
    for button in shape.buttons:
        if button.takes_value:
            key = f"button:{button.index}"
            yield Variable(key, button.text, shape.samples.get(key, ""), is_name=False)


def _is_name(text: str, place: str) -> bool:
    if not place.isdigit():
        return bool(NAMED_LIKE_A_NAME.fullmatch(place))
    found = next((match for match in PLACE.finditer(text) if match[1] == place), None)
    return bool(found and GREETED.search(text[: found.start()]))


def _fill(text: str, part: str, values: Mapping[str, str]) -> str:
    return PLACE.sub(lambda match: values.get(f"{part}:{match[1]}") or match[0], text)


def _problem(key: str, value: str) -> ValueProblem | None:
    if not value:
        return ValueProblem.MISSING
    if LAYOUT.search(value):
        return ValueProblem.LAYOUT
    most = LONGEST_LINK_END if key.startswith("button:") else LONGEST_BODY
    return ValueProblem.TOO_LONG if len(value) > most else None


def _clean(value: str) -> str:
    return value.replace("\x00", "").strip()
