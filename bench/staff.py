"""What signed-in staff open: every page of the admin, found by its links, and the API's reads."""

from __future__ import annotations

import http.client
import json
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from http import HTTPStatus
from itertools import cycle
from urllib.parse import urlencode, urljoin

from bench import load, traffic

USERNAME, PASSWORD = "bench", "only-for-measurements"
LOGIN = "/admin/login/"
# Two pages of a kind: one has rows that the other lacks.
OF_A_KIND = 2
FINE = (HTTPStatus.OK, HTTPStatus.FOUND)
IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)\d+(?=/)|(?<==)[^&]*")
LINK = re.compile(r'href="(?P<path>[^"#]*)')
LISTS = ("leads", "conversations", "meetings")
READS = {
    "leads": ("", "/facts"),
    "conversations": ("", "/messages", "/slots"),
    "meetings": ("",),
}


class Visitor:
    """A browser that is signed in as the superuser."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._cookies: dict[str, str] = {}
        self._sign_in()

    def requests(self) -> load.Requests:
        """Every page as a ready request, over and over."""
        pages = [*self._admin_pages(), *self._api_pages()]
        cookie = f"Cookie: {self._cookie()}\r\n"
        ready = [
            f"GET {page} HTTP/1.1\r\nHost: {traffic.HOST}\r\n{cookie}\r\n".encode()
            for page in pages
        ]

        def make(process: str) -> Iterator[bytes]:
            # Each generator starts elsewhere, so that different pages are made side by side.
            start = int(process) * len(ready) // load.PROCESSES
            return cycle(ready[start:] + ready[:start])

        return make

    def _admin_pages(self) -> list[str]:
        """Follow every link but those of a filtered list; of each kind of page, the first few."""
        kinds: Counter[str] = Counter()
        pages = ["/admin/"]
        for page in pages:
            if "?" in page:
                continue
            for link in LINK.findall(self._ask("GET", page)):
                address = urljoin(page, unescape(link))
                kind = IDENTIFIER.sub("…", address)
                if not address.startswith("/admin/") or address in pages:
                    continue
                if kinds[kind] < OF_A_KIND:
                    kinds[kind] += 1
                    pages.append(address)
        return pages

    def _api_pages(self) -> list[str]:
        pages = ["/api/v1/me", "/api/v1/users"]
        for name in LISTS:
            pages.append(f"/api/v1/{name}")
            rows = json.loads(self._ask("GET", pages[-1]))["results"][:OF_A_KIND]
            pages += [f"/api/v1/{name}/{row['id']}{read}" for row in rows for read in READS[name]]
        return pages

    def _sign_in(self) -> None:
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self._ask("GET", LOGIN))
        if found is None:
            raise RuntimeError("The login page has no form")
        self._ask(
            "POST",
            LOGIN,
            {"username": USERNAME, "password": PASSWORD, "csrfmiddlewaretoken": found[1]},
        )
        if "session" not in self._cookies:
            raise RuntimeError("The login was refused")

    def _ask(self, method: str, page: str, form: dict[str, str] | None = None) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Host": traffic.HOST, "Cookie": self._cookie()}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, page, urlencode(form or {}), headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        if answer.status not in FINE:
            raise RuntimeError(f"{page} was answered with {answer.status}")
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return body

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())
