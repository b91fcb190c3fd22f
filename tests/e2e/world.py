"""What the end-to-end tests see: a running leadbot, a phone in a browser, the API."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

import requests
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.schema import parse_playbook
from agent.turn import Language
from agent.wording import pick, say
from tests.leadbot.instance import ROOT, Instance, wait_for

T = TypeVar("T")
# One machine may run several suites at once: what is awaited comes, but not always soon.
PATIENCE_MS = 60_000
PATIENCE = PATIENCE_MS / 1000
LOCALES: dict[Language, str] = {"es": "es-MX", "en": "en-US"}
# The demo books in the Outlook of the simulator.
PLAYBOOK = parse_playbook(DEFAULT_PLAYBOOK).with_invitations()


class Leadbot(Instance):
    """One `manage.py up`, as a person and as a program reach it."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def printed(self, label: str) -> str:
        """Read what `up` printed beside a label."""
        found = re.search(rf"^ +{label} +(\S+)$", self.text(), re.MULTILINE)
        assert found, self.text()
        return found[1]

    def manage(self, *arguments: str) -> str:
        """Run a management command with this instance's environment."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def log_in(self, page: Page) -> None:
        """Go through the login form with what `up` printed."""
        page.goto(f"{self.address}/admin/")
        page.locator("[name=username]").fill(self.printed("Login"))
        page.locator("[name=password]").fill(self.printed("Password"))
        page.locator("#login-form [type=submit]").click()
        page.wait_for_url(f"{self.address}/admin/")


@dataclass
class Windows:
    """Browser windows that must not complain."""

    browser: Browser
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, language: Language = "es", *, width: int = 1440, height: int = 900) -> Page:
        """Open a page with cookies of its own, which reports every error."""
        context = self.browser.new_context(
            locale=LOCALES[language],
            timezone_id="America/Mexico_City",
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("response", lambda answer: self._judge(answer.status, answer.url))
        return page

    def close(self) -> None:
        """Close all, and say what was heard."""
        for context in self.contexts:
            context.close()
        assert self.complaints == []

    def _judge(self, status: int, url: str) -> None:
        if status >= 400:
            self.complaints.append(f"{status} {url}")


class Phone:
    """One simulated phone."""

    def __init__(self, page: Page, language: Language = "es") -> None:
        self.page = page
        self.language = language
        self.bubbles = page.locator(".bubble")
        self.heard = page.locator(".bubble[data-from=business]")

    def write(self, text: str) -> None:
        """Type and send."""
        self.page.locator("#composer-text").fill(text)
        self.page.locator("#send").click()

    def answer(self, text: str, *, expected: str | re.Pattern[str]) -> str:
        """Write, and wait for the next message of the business, which must hold these words."""
        before = self.heard.count()
        self.write(text)
        return self.hear(before, expected)

    def hear(self, position: int, expected: str | re.Pattern[str]) -> str:
        """Wait for the business's n-th message, counted from 0, and give its text."""
        bubble = self.heard.nth(position)
        expect(bubble).to_contain_text(expected, timeout=PATIENCE_MS)
        return text_of(bubble)

    def expect_all_read(self) -> None:
        """Wait until both sides have read everything."""
        unread = self.page.locator(".bubble:not([data-status=read])")
        expect(unread).to_have_count(0, timeout=PATIENCE_MS)

    def texts(self) -> list[str]:
        """Everything in the chat, oldest first."""
        return [text_of(bubble) for bubble in self.bubbles.all()]


@dataclass(frozen=True)
class Person:
    """What a lead says when asked, and which buttons they tap."""

    name: str
    language: Language
    hello: str
    answers: dict[str, str]
    taps: dict[str, str]
    asked: tuple[str, ...]


@dataclass
class Booking:
    """A conversation that ended with a meeting."""

    person: Person
    phone: Phone
    row: int
    said: dict[str, str] = field(default_factory=dict)
    slot: str = ""
    confirmation: str = ""


def qualify_and_book(booking: Booking) -> Iterator[None]:
    """Answer whatever is asked until times are offered, then tap one.

    Pauses after each message, so that several conversations can go on at once.
    """
    person, phone = booking.person, booking.phone
    phone.write(person.hello)
    yield
    while (asked := _next_question(booking)) is not None:
        if asked in person.taps:
            booking.said[asked] = _label(asked, person)
            phone.heard.last.get_by_role("button", name=booking.said[asked]).click()
        else:
            booking.said[asked] = person.answers[asked]
            phone.write(person.answers[asked])
        yield
    phone.heard.last.locator(".option").click()
    row = phone.page.locator("[data-option]").nth(booking.row)
    booking.slot = row.locator("strong").inner_text()
    row.click()
    yield
    expect(phone.heard.last).to_contain_text(_opening(person), timeout=PATIENCE_MS)
    booking.confirmation = text_of(phone.heard.last)


def together(*conversations: Iterator[None]) -> None:
    """Let several conversations go on at once, message by message."""
    for _ in zip_longest(*conversations):
        pass


def _next_question(booking: Booking) -> str | None:
    """Wait for a question that was not answered yet, or for the list of times."""
    language = booking.person.language
    asks = {
        pick(question.ask, language): question.key
        for question in PLAYBOOK.questions
        if question.key not in booking.said
    }
    offer = say("slots_button", language)
    wanted = re.compile("|".join(re.escape(text) for text in (*asks, offer)))
    last = booking.phone.heard.last
    expect(last).to_contain_text(wanted, timeout=PATIENCE_MS)
    found = wanted.search(last.inner_text())
    assert found
    return asks.get(found[0])


def _label(key: str, person: Person) -> str:
    choices = next(question.choices for question in PLAYBOOK.questions if question.key == key)
    return next(
        pick(choice.label, person.language)
        for choice in choices
        if choice.value == person.taps[key]
    )


def _opening(person: Person) -> str:
    first_name = person.name.split()[0]
    return say("confirmed", person.language, name=f", {first_name}")


class Api:
    """The API as a program with a token sees it."""

    def __init__(self, leadbot: Leadbot) -> None:
        token = leadbot.manage("create_token", leadbot.printed("Login"))
        self.address = f"{leadbot.address}/api/v1"
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: str) -> Any:
        """Read one resource."""
        answer = requests.get(
            f"{self.address}/{path}", params=query, headers=self.headers, timeout=PATIENCE
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Read a list that fits one page."""
        page = self.get(path, **query)
        assert page["next"] is None
        return list(page["results"])

    def lead(self, words: str) -> dict[str, Any]:
        """Find the one lead whom these words name."""
        (lead,) = self.rows("leads", q=words)
        return lead

    def messages(self, lead: dict[str, Any]) -> list[dict[str, Any]]:
        """Read a lead's conversation, oldest first."""
        return self.rows(f"conversations/{lead['conversation']}/messages")[::-1]

    def facts(self, lead: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Read what is known of a lead, by key."""
        answer = self.get(f"leads/{lead['id']}/facts")
        rows = answer["results"] if isinstance(answer, dict) else answer
        return {row["key"]: row for row in rows}


def eventually(read: Callable[[], T], holds: Callable[[T], object]) -> T:
    """Read until what was read holds."""
    values: list[T] = []

    def is_there() -> object:
        values.append(read())
        return holds(values[-1])

    wait_for(is_there, PATIENCE)
    return values[-1]


def open_phone(leadbot: Leadbot, windows: Windows, name: str, language: Language = "es") -> Phone:
    """Open the page of one of the simulator's own phones."""
    page = windows.open(language)
    page.goto(f"{leadbot.address}/simulator/")
    page.locator(".chat", has_text=name).click()
    expect(page.locator(".whose-name")).to_have_text(name)
    return Phone(page, language)


def open_row(page: Page, address: str, name: str) -> None:
    """Open the row of a list that this name heads; owners may have a name like it."""
    page.goto(address)
    head = page.locator("#result_list .cell-first").get_by_text(name, exact=True)
    head.click()
    expect(page.locator("h1", has_text=name).first).to_be_visible()


def text_of(bubble: Locator) -> str:
    """Read a bubble's words; one may be a file or a tap without any."""
    words = bubble.locator(".text")
    return squeezed(words.first.inner_text()) if words.count() else ""


def squeezed(text: str) -> str:
    """Forget how white space is laid out."""
    return " ".join(text.split())


def fits(page: Page) -> bool:
    """Say whether nothing sticks out to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def artifact(name: str) -> Path:
    """Name a picture for people to look at."""
    folder = ROOT / "test-artifacts"
    folder.mkdir(exist_ok=True)
    return folder / name


def labels(locator: Locator) -> Sequence[str]:
    """Read the words of every element."""
    return [squeezed(text) for text in locator.all_inner_texts()]
