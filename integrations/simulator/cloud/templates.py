"""Lists the business's templates and refuses messages that do not fit theirs, as Meta does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from integrations.simulator.cloud.demo_templates import DEMO
from integrations.simulator.cloud.errors import GraphError

PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
LAYOUT = re.compile(r"[\n\r\t]| {5,}")
LONGEST_BODY = 1024
Body = Mapping[str, Any]


def page(query: Mapping[str, str], *, address: str) -> dict[str, Any]:
    """Give one page of the list with the address of the next one."""
    limit, after = (_number(query.get(name, "")) for name in ("limit", "after"))
    end = after + min(limit or 25, 250)
    fields = ["id", *(query.get("fields") or "name,components,language,status").split(",")]
    rows = [{name: row[name] for name in fields if name in row} for row in DEMO[after:end]]
    answer: dict[str, Any] = {"data": rows}
    if end < len(DEMO):
        following = {**query, "after": str(end)}
        answer["paging"] = {
            "cursors": {"after": str(end)},
            "next": f"{address}?{urlencode(following)}",
        }
    return answer


def check(message: Body) -> None:
    """Refuse a template that is not there or not approved, or whose parameters do not fit."""
    template = find(message)
    if template is None or template["status"] == "REJECTED":
        name, language = message.get("name"), message.get("language", {}).get("code")
        raise GraphError(132001, f"template name ({name}) does not exist in {language}")
    if template["status"] != "APPROVED":
        raise GraphError(132015, f"template name ({template['name']}) is paused")
    for part in ("header", "body"):
        _check_part(template, message, part)
    _check_buttons(template, message)
    if len(_filled(template, message, "body")) > LONGEST_BODY:
        raise GraphError(132005, f"body: at most {LONGEST_BODY} characters once it is filled")


def find(message: Body) -> Mapping[str, Any] | None:
    """Give the template that a message names."""
    wanted = message.get("name"), message.get("language", {}).get("code")
    return next((row for row in DEMO if (row["name"], row["language"]) == wanted), None)


def text_of(message: Body) -> str:
    """Give what the person reads."""
    template = find(message)
    if template is None:
        return f"[{message.get('name')}]"
    parts = (_filled(template, message, part) for part in ("header", "body", "footer"))
    return "\n\n".join(part for part in parts if part)


def _check_part(template: Body, message: Body, part: str) -> None:
    wanted = dict.fromkeys(PLACE.findall(_text(template, part)))
    given = _parameters(message, part)
    if len(given) != len(wanted):
        raise GraphError(
            132000,
            f"{part}: number of localizable_params ({len(given)}) does not match the expected "
            f"number of params ({len(wanted)})",
        )
    if template["parameter_format"] == "NAMED":
        names = {str(each.get("parameter_name")) for each in given}
        if names != set(wanted):
            raise GraphError(132012, f"{part}: parameter names do not match the template's")
    for each in given:
        _check_parameter(each, part)


def _check_parameter(parameter: Body, where: str) -> None:
    text = parameter.get("text")
    if parameter.get("type") != "text" or not isinstance(text, str):
        raise GraphError(132012, f"{where}: parameter type must be text")
    if not text:
        raise GraphError(131008, f"Parameter of type text is missing text value ({where})")
    if LAYOUT.search(text):
        raise GraphError(
            132018,
            "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
        )


def _check_buttons(template: Body, message: Body) -> None:
    known = _component(template, "buttons").get("buttons", [])
    given = {
        str(each.get("index")): each.get("parameters", [])
        for each in message.get("components", [])
        if str(each.get("type")).lower() == "button"
    }
    for index, button in enumerate(known):
        if not PLACE.search(button.get("url", "")):
            continue
        parameters = given.pop(str(index), [])
        if len(parameters) != 1:
            raise GraphError(
                131008, f"buttons: Button at index {index} of type Url requires a parameter"
            )
        _check_parameter(parameters[0], "buttons")
    places = {str(index) for index, _button in enumerate(known)}
    if set(given) - places:
        raise GraphError(132018, "buttons: the template has no button at that index")


def _filled(template: Body, message: Body, part: str) -> str:
    given = _parameters(message, part)
    values = {
        str(each.get("parameter_name") or place): str(each.get("text", ""))
        for place, each in enumerate(given, 1)
    }
    return PLACE.sub(lambda match: values.get(match[1], match[0]), _text(template, part))


def _text(template: Body, part: str) -> str:
    return str(_component(template, part).get("text", ""))


def _component(holder: Body, kind: str) -> Mapping[str, Any]:
    parts = holder.get("components", [])
    return next((each for each in parts if str(each.get("type")).lower() == kind), {})


def _parameters(message: Body, part: str) -> list[Mapping[str, Any]]:
    found = _component(message, part).get("parameters", [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise GraphError(132012, f"{part}: parameters must be a list of objects")
    return found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
