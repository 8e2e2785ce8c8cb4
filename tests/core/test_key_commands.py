"""Where the keys come from, and the command that replaces the generated one."""

import pytest

from app import keys
from app.commands.running import application
from app.config import Config, ConfigError
from app.core.accounts.models import SecondFactor
from app.core.models import AuditEntry
from tests.core.account_support import user
from tests.core.command_line import entente, founded

__all__ = ["entente", "founded"]


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
def data(tmp_path):
    """The data folder of the desk that commands work on."""
    return tmp_path / "data"


def test_a_new_key_signs_and_the_former_one_is_kept_by_the_command(founded, data):
    before = configured(data).secret_key
    answer = founded("keys", "rotate")
    after = configured(data)
    assert answer.exit_code == 0, answer.output
    assert after.secret_key != before
    assert after.former_keys == (before,)
    assert (data / keys.FILE).stat().st_mode & 0o777 == 0o600
    listed = founded("keys", "list").output
    assert f"{keys.fingerprint(after.secret_key)}   signs" in listed
    assert f"{keys.fingerprint(before)}   former" in listed
    with application():
        assert AuditEntry.select().where(AuditEntry.action == "keys.rotated").count() == 1


def test_no_command_prints_a_key(founded, data):
    first = configured(data).secret_key
    said = founded("keys", "rotate").output + founded("keys", "list").output
    said += founded("keys", "drop", keys.fingerprint(first)).output
    assert first not in said
    assert configured(data).secret_key not in said


def test_a_key_on_which_somebody_depends_is_dropped_only_on_demand(founded, data):
    first = configured(data).secret_key
    with application():
        person = user("ada@example.org")
        SecondFactor.create(user=person, salt="ab", since=person.created_at)
    founded("keys", "rotate")
    name = keys.fingerprint(first)
    assert "1 second factor\n" in founded("keys", "list").output
    refused = founded("keys", "drop", name)
    assert refused.exit_code == 2
    assert "1 second factor still" in refused.output
    assert founded("keys", "drop", name, "--yes").exit_code == 0
    assert configured(data).former_keys == ()
    assert "gone" in founded("keys", "list").output


@pytest.mark.parametrize("which", ["signing", "unknown"])
def test_only_a_former_key_can_be_dropped(founded, data, which):
    present = configured(data).secret_key
    name = keys.fingerprint(present) if which == "signing" else "00000000"
    assert founded("keys", "drop", name).exit_code == 2
    assert configured(data).secret_key == present


def test_a_key_of_the_environment_is_not_the_commands_to_change(founded, monkeypatch):
    monkeypatch.setenv("ENTENTE_SECRET_KEY", "own")
    answer = founded("keys", "rotate")
    assert answer.exit_code == 2
    assert "ENTENTE_SECRET_KEY_FALLBACKS" in answer.output
