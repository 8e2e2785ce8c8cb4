"""Where the keys come from, and the command that replaces the generated one."""

import pytest
from click.testing import CliRunner

from app import keys
from app.cli import main
from app.commands.running import application
from app.config import Config, ConfigError
from app.core.accounts.models import SecondFactor
from app.core.models import AuditEntry
from tests.core.account_support import user

VIEWER = "viewer@example.org"


def configured(folder, **environ):
    return Config.from_environ({"ENTENTE_DATA": str(folder)} | environ)


@pytest.mark.parametrize("text", ["old,older", "old older", " old ,\n older,", "old,old,older,new"])
def test_former_keys_are_listed_with_commas_or_spaces(tmp_path, text):
    found = configured(tmp_path, ENTENTE_SECRET_KEY="new", ENTENTE_SECRET_KEY_FALLBACKS=text)
    assert (found.secret_key, found.former_keys) == ("new", ("old", "older"))


def test_an_own_key_may_take_the_place_of_the_generated_one(tmp_path):
    generated = configured(tmp_path).secret_key
    found = configured(tmp_path, ENTENTE_SECRET_KEY="new", ENTENTE_SECRET_KEY_FALLBACKS=generated)
    assert found.former_keys == (generated,)


def test_settings_show_no_key(tmp_path):
    found = configured(tmp_path, ENTENTE_SECRET_KEY="hush", ENTENTE_SECRET_KEY_FALLBACKS="hush2")
    assert "hush" not in repr(found)


def test_an_emptied_file_of_keys_is_no_key(tmp_path):
    (tmp_path / keys.FILE).write_text("\n")
    with pytest.raises(ConfigError, match="holds no key"):
        configured(tmp_path)


@pytest.fixture
def entente(tmp_path, monkeypatch):
    """A function that runs one command against a founded desk."""
    monkeypatch.setenv("ENTENTE_DATA", str(tmp_path))
    monkeypatch.setenv("ENTENTE_TESTING", "1")
    monkeypatch.delenv("ENTENTE_SECRET_KEY", raising=False)
    run = lambda *words: CliRunner().invoke(main, words)  # noqa: E731
    run("init", "--organisation", "Nordkontor")
    run("user", "add", VIEWER, "--name", "Viewer", "--password", "a good long word")
    return run


def test_a_new_key_signs_and_the_former_one_is_kept_by_the_command(entente, tmp_path):
    before = configured(tmp_path).secret_key
    answer = entente("keys", "rotate")
    after = configured(tmp_path)
    assert answer.exit_code == 0, answer.output
    assert after.secret_key != before
    assert after.former_keys == (before,)
    assert (tmp_path / keys.FILE).stat().st_mode & 0o777 == 0o600
    listed = entente("keys", "list").output
    assert f"{keys.fingerprint(after.secret_key)}   signs" in listed
    assert f"{keys.fingerprint(before)}   former" in listed
    with application():
        assert AuditEntry.select().where(AuditEntry.action == "keys.rotated").count() == 1


def test_no_command_prints_a_key(entente, tmp_path):
    first = configured(tmp_path).secret_key
    said = entente("keys", "rotate").output + entente("keys", "list").output
    said += entente("keys", "drop", keys.fingerprint(first)).output
    assert first not in said
    assert configured(tmp_path).secret_key not in said


def test_a_key_on_which_somebody_depends_is_dropped_only_on_demand(entente, tmp_path):
    first = configured(tmp_path).secret_key
    with application():
        person = user(VIEWER)
        SecondFactor.create(user=person, salt="ab", since=person.created_at)
    entente("keys", "rotate")
    name = keys.fingerprint(first)
    assert "1 second factor\n" in entente("keys", "list").output
    refused = entente("keys", "drop", name)
    assert refused.exit_code == 2
    assert "1 second factor still" in refused.output
    assert entente("keys", "drop", name, "--yes").exit_code == 0
    assert configured(tmp_path).former_keys == ()
    assert "gone" in entente("keys", "list").output


@pytest.mark.parametrize("which", ["signing", "unknown"])
def test_only_a_former_key_can_be_dropped(entente, tmp_path, which):
    present = configured(tmp_path).secret_key
    name = keys.fingerprint(present) if which == "signing" else "00000000"
    assert entente("keys", "drop", name).exit_code == 2
    assert configured(tmp_path).secret_key == present


def test_a_key_of_the_environment_is_not_the_commands_to_change(entente, monkeypatch):
    monkeypatch.setenv("ENTENTE_SECRET_KEY", "own")
    answer = entente("keys", "rotate")
    assert answer.exit_code == 2
    assert "ENTENTE_SECRET_KEY_FALLBACKS" in answer.output
