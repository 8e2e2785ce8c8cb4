"""What every home page asks costs the database no more where there are more partners."""

from collections.abc import Callable
from pathlib import Path

from app.core import clock
from app.core.accounts.models import User
from app.core.contract import Viewer
from app.core.db import database
from app.core.home.queries.unfinished import reviews_due
from app.core.host import current_host
from app.core.partners.models import Partner
from app.testing import found, make_app

STEPS = 10  # of SQLite's machine, between two counts


def test_what_waits_is_found_without_going_through_own_partners(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    found(app)
    with app.test_request_context(), database.connection_context():
        admin = User.get(User.role == "admin")
        who = Viewer(
            admin.id, admin.name, admin.email, "admin", current_host().permissions["admin"]
        )
        asked: dict[str, Callable[[], object]] = {
            "plugins": lambda: current_host().collect(
                "attention_items", viewer=who, now=clock.now()
            ),
            "reviews": lambda: reviews_due(who, clock.today("UTC"), 50),
        }
        before = {name: _steps(ask) for name, ask in asked.items()}
        Partner.insert_many(
            {
                "code": f"P{n}",
                "name": f"Partner {n}",
                "name_key": f"partner {n}",
                "type": "supplier",
                "status": "active",
                "currency": "EUR",
                "owner": admin,
                "created_at": clock.now(),
            }
            for n in range(500)
        ).execute()
        for name, ask in asked.items():
            assert _steps(ask) < before[name] + 50, name


def _steps(ask: Callable[[], object]) -> int:
    """How often SQLite told of its work meanwhile."""
    counted = 0

    def note() -> int:
        nonlocal counted
        counted += 1
        return 0

    ask()  # builds its statements, which asks for nothing
    connection = database.connection()
    connection.set_progress_handler(note, STEPS)
    try:
        ask()
    finally:
        connection.set_progress_handler(None, 0)
    return counted
