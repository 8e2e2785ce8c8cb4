"""Fixtures for every test of the repository, the bundled plugins' included."""

pytest_plugins = ["app.testing"]
