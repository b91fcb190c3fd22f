"""The documented limits of interactive messages, one check for each of their types."""

from __future__ import annotations

from collections.abc import Callable

from integrations.simulator.cloud.errors import GraphError
from integrations.simulator.cloud.fields import (
    Body,
    known,
    optional,
    read_object,
    read_objects,
    read_text,
    unique,
)

ACTION = "interactive.action."
BUTTONS = f"{ACTION}buttons."
SECTIONS = f"{ACTION}sections."
PARAMETERS = f"{ACTION}parameters."
# A product shows itself: these may come without words.
WORDLESS = {"product", "carousel"}


def check_interactive(interactive: Body) -> None:
    """Refuse what breaks a limit."""
    known(interactive, "type header body footer action", "interactive")
    kind = interactive.get("type")
    check = CHECKS.get(kind) if isinstance(kind, str) else None
    if check is None:
        raise GraphError(131009, f"interactive.type {kind!r} is not valid")
    action = read_object(interactive, "action", "interactive.")
    if "body" in interactive or kind not in WORDLESS:
        _words(interactive, "body", 1024)
    if "footer" in interactive:
        _words(interactive, "footer", 60)
    if "header" in interactive:
        _check_header(read_object(interactive, "header", "interactive."), text_only=kind == "list")
    check(action)


def _words(interactive: Body, name: str, most: int) -> None:
    words = read_object(interactive, name, "interactive.")
    known(words, "text", f"interactive.{name}")
    read_text(words, "text", most, f"interactive.{name}.")


def _check_header(header: Body, *, text_only: bool) -> None:
    kind = header.get("type")
    if kind == "text":
        read_text(header, "text", 60, "interactive.header.")
    elif text_only or kind not in ("image", "video", "document"):
        raise GraphError(131009, "interactive.header.type is not valid")
    else:
        file = read_object(header, kind, "interactive.header.")
        if bool(file.get("id")) == bool(file.get("link")):
            raise GraphError(100, "Give exactly one of id and link.")


def _check_buttons(action: Body) -> None:
    known(action, "buttons", "interactive.action")
    buttons = read_objects(action, "buttons", 3, ACTION)
    replies = [read_object(button, "reply", BUTTONS) for button in buttons]
    if any(button.get("type") != "reply" for button in buttons):
        raise GraphError(131009, f"{BUTTONS}type must be reply")
    where = f"{BUTTONS}reply."
    for reply in replies:
        known(reply, "id title", where)
    unique([read_text(reply, "id", 256, where) for reply in replies], f"{where}id")
    unique([read_text(reply, "title", 20, where) for reply in replies], f"{where}title")


def _check_list(action: Body) -> None:
    known(action, "button sections", "interactive.action")
    read_text(action, "button", 20, ACTION)
    sections = read_objects(action, "sections", 10, ACTION)
    ids: list[str] = []
    for section in sections:
        known(section, "title rows", SECTIONS)
        if len(sections) > 1:
            read_text(section, "title", 24, SECTIONS)
        optional(section, "title", 24, SECTIONS)
        ids += [_check_row(row) for row in read_objects(section, "rows", 10, SECTIONS)]
    if len(ids) > 10:
        raise GraphError(131009, f"{SECTIONS}rows: at most 10 in all, {len(ids)} given")
    unique(ids, f"{SECTIONS}rows.id")


def _check_row(row: Body) -> str:
    where = f"{SECTIONS}rows."
    known(row, "id title description", where)
    read_text(row, "title", 24, where)
    optional(row, "description", 72, where)
    return read_text(row, "id", 200, where)


def _named(name: str) -> Callable[[Body], None]:
    """An action that is only its name, like a request for the location."""

    def check(action: Body) -> None:
        if action.get("name") != name:
            raise GraphError(131009, f"{ACTION}name must be {name}")

    return check


def _check_link(action: Body) -> None:
    _named("cta_url")(action)
    parameters = read_object(action, "parameters", ACTION)
    read_text(parameters, "display_text", 20, PARAMETERS)
    if not read_text(parameters, "url", 2000, PARAMETERS).startswith(("https://", "http://")):
        raise GraphError(131009, f"{PARAMETERS}url is not valid")


def _check_flow(action: Body) -> None:
    _named("flow")(action)
    parameters = read_object(action, "parameters", ACTION)
    read_text(parameters, "flow_cta", 30, PARAMETERS)
    if bool(parameters.get("flow_id")) == bool(parameters.get("flow_name")):
        raise GraphError(131009, f"{PARAMETERS}: give one of flow_id and flow_name")


def _check_product(action: Body) -> None:
    read_text(action, "catalog_id", 100, ACTION)
    read_text(action, "product_retailer_id", 100, ACTION)


def _check_products(action: Body) -> None:
    read_text(action, "catalog_id", 100, ACTION)
    for section in read_objects(action, "sections", 10, ACTION):
        read_text(section, "title", 24, SECTIONS)
        for item in read_objects(section, "product_items", 30, SECTIONS):
            read_text(item, "product_retailer_id", 100, f"{SECTIONS}product_items.")


def _check_cards(action: Body) -> None:
    if len(read_objects(action, "cards", 10, ACTION)) < 2:
        raise GraphError(131009, f"{ACTION}cards: 2 to 10 allowed")


CHECKS: dict[str, Callable[[Body], None]] = {
    "button": _check_buttons,
    "list": _check_list,
    "cta_url": _check_link,
    "flow": _check_flow,
    "product": _check_product,
    "product_list": _check_products,
    "carousel": _check_cards,
    "request_contact_info": _named("request_contact_info"),
    "location_request_message": _named("send_location"),
    "catalog_message": _named("catalog_message"),
    "call_permission_request": _named("call_permission_request"),
    "voice_call": _named("voice_call"),
    "address_message": _named("address_message"),
}
