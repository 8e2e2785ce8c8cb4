"""Browsers that attack a running server together: each with its own cookies and connections."""

import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.cookiejar import Cookie, CookieJar
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    location: str
    text: str


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_options: Any) -> None:
        return None


class Attacker:
    """One browser: every request is a connection of its own, so it may meet any process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.jar = CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        self._opener = urllib.request.build_opener(cookies, _Stay)

    def get(self, path: str) -> Answer:
        """Open a page, without following where it leads."""
        return self._send(urllib.request.Request(self.url + path))

    def token(self, path: str) -> str:
        """The CSRF token of a page's forms."""
        page = self.get(path)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert found, (page.status, page.location, page.text[:300])
        return found[1]

    def post(self, path: str, **form: str) -> Answer:
        """Send a form."""
        data = urllib.parse.urlencode(form).encode()
        return self._send(urllib.request.Request(self.url + path, data))

    def fill(self, path: str, **form: str) -> Answer:
        """Open a page and send its form."""
        return self.post(path, csrf_token=self.token(path), **form)

    @property
    def cookie(self) -> str:
        """The session's cookie."""
        return next(cookie.value or "" for cookie in self.jar if cookie.name == "entente")

    def with_cookie(self, value: str) -> "Attacker":
        """Another browser, to which somebody's cookie was copied."""
        other = Attacker(self.url)
        values: dict[str, Any] = {
            "version": 0, "name": "entente", "value": value, "port": None,
            "port_specified": False, "domain": "127.0.0.1", "domain_specified": False,
            "domain_initial_dot": False, "path": "/", "path_specified": True, "secure": False,
            "expires": None, "discard": True, "comment": None, "comment_url": None, "rest": {},
        }  # fmt: skip
        other.jar.set_cookie(Cookie(**values))
        return other

    def _send(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=30) as answer:
                return Answer(answer.status, "", answer.read().decode())
        except urllib.error.HTTPError as refused:
            with refused:
                place = refused.headers.get("Location") or ""
                return Answer(refused.code, place, refused.read().decode())


def at_once(attempts: list[Callable[[], Answer]]) -> list[Answer]:
    """What everybody is answered who tries at the same moment."""
    start, answers = threading.Barrier(len(attempts)), []

    def run(attempt: Callable[[], Answer]) -> None:
        start.wait(30)
        answers.append(attempt())

    threads = [threading.Thread(target=run, args=(attempt,)) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == len(attempts), "somebody got no answer"
    return answers
