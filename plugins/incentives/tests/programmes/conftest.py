"""What the tests of programmes start from."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from plugins.incentives.programmes import queries, services
from plugins.incentives.programmes.definition import Definition
from plugins.incentives.programmes.models import Programme, ProgrammeVersion
from plugins.incentives.tests.programmes.support import asks, programme


@pytest.fixture
def made(app: Flask) -> Programme:
    """A programme with a draft: Member, and Gold on the scorecard."""
    with app.app_context():
        id_ = services.create(
            name="Tiers", description="", currency="EUR", definition=programme(asks())
        )
        return queries.programme_or_404(id_)


@pytest.fixture
def draft(made: Programme) -> Callable[[], ProgrammeVersion]:
    """The draft as it stands now."""

    def read() -> Any:
        return queries.draft(made.id)

    return read


@pytest.fixture
def says(draft: Any) -> Callable[[], Definition]:
    """What the draft says now."""
    return lambda: queries.definition_of(draft())


@pytest.fixture
def edit(as_admin: Any, made: Programme, draft: Any) -> Callable[..., Any]:
    """Send a form of the editor, with the draft's present version."""

    def send(path: str, **form: Any) -> Any:
        address = f"/x/incentives/programmes/{made.id}/draft/{path}"
        return as_admin.send(address, **({"version": draft().version} | form))

    return send
