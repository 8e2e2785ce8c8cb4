"""What is sent twice is done once: each form has a word, and what came of it keeps its hash."""

import hashlib
import secrets
from typing import Any

from wtforms import HiddenField

from app.core.contract import Viewer


class OnceField(HiddenField):
    """The word of one form that somebody was shown: it comes back with every time it is sent."""

    def process_data(self, value: Any) -> None:
        """Make a word for a form that has none."""
        self.data = value or secrets.token_hex(16)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the word that was sent; a form without one is no second time of any other."""
        if valuelist and valuelist[0]:
            self.data = valuelist[0]


def once_key(deed: str, by: Viewer, word: str, *said: str) -> str:
    """The key under which somebody's form does its deed only once: SHA-256, in hexadecimal.

    Keep it in a unique column of what is made, and look for it under a lock before making that.
    `said` is what makes it another deed, where somebody goes back to a form and says more.
    """
    return hashlib.sha256("|".join((deed, str(by.user_id), word, *said)).encode()).hexdigest()
