"""Fixtures for every test of the repository, the bundled plugins' included."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["app.testing"]

# A busy machine is no fault of the examples: neither their number nor their time may fail a run.
settings.register_profile(
    "entente", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("entente")
