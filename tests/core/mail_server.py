"""A real SMTP server for tests, which can be told to behave badly."""

import asyncio
import email
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller


class Post:
    """What the server answers, and what it has taken."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], Message]] = []
        self.recipient = "250 OK"
        self.data = "250 OK"
        self.hangs = False

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.hangs:
            await asyncio.sleep(60)
        if self.recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.data.startswith("250"):
            message = email.message_from_bytes(envelope.content)
            self.taken.append((envelope.mail_from, envelope.rcpt_tos, message))
        return self.data


class Anywhere(Controller):
    """A server on whichever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()


@contextmanager
def mail_server(**options: Any) -> Iterator[tuple[Post, str]]:
    """A server on a free port of this machine, and the address to reach it."""
    post = Post()
    controller = Anywhere(post, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield post, f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


def configured(app: Any, url: str) -> None:
    """Let the application send by this address."""
    around = app.extensions["entente"]
    config = replace(around.config, mail_url=url, mail_from="desk@example.org")
    app.extensions["entente"] = replace(around, config=config)
