"""The command line: a desk without a browser, its help, its exit statuses."""

import json

import pytest

from tests.core.command_line import entente, founded
from tests.e2e.conftest import AIRLINES

__all__ = ["entente", "founded"]

COMMANDS = [
    [],
    ["serve"],
    ["worker"],
    ["init"],
    ["user", "add"],
    ["user", "reset"],
    ["user", "second-factor-off"],
    ["import"],
    ["export"],
    ["scorecard"],
    ["plugins", "list"],
    ["plugins", "check"],
    ["db", "upgrade"],
    ["db", "status"],
    ["audit", "verify"],
    ["keys", "list"],
    ["mail", "bounces"],
    ["keys", "rotate"],
    ["keys", "drop"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(entente, command):
    answer = entente(*command, "--help")
    assert answer.exit_code == 0
    assert "Usage:" in answer.output
    assert len(answer.output.splitlines()) > 4


def test_a_desk_is_founded_filled_and_asked_without_a_browser(founded):
    assert founded("import", AIRLINES).exit_code == 0
    answer = founded("scorecard", "EV", "--period", "2013-Q1", "--json")
    assert round(json.loads(answer.output)["scorecard"], 6) == 0.673517
    assert "67.4 %" in founded("scorecard", "EV", "--period", "2013-Q1").output


def test_importing_again_changes_nothing(founded):
    founded("import", AIRLINES)
    answer = founded("import", AIRLINES)
    assert answer.exit_code == 0
    assert "unchanged  1708" in answer.output


def test_an_export_fills_another_desk_with_the_same_files(founded, tmp_path, monkeypatch):
    founded("import", AIRLINES)
    founded("export", tmp_path / "first")
    monkeypatch.setenv("ENTENTE_DATA", str(tmp_path / "other"))
    founded("user", "add", "b@example.org", "--name", "B", "--role", "admin", "--password", "x" * 9)
    assert founded("import", tmp_path / "first").exit_code == 0
    founded("export", tmp_path / "second")
    for name in ("partners", "kpis", "targets", "values"):
        first, second = (tmp_path / folder / f"{name}.csv" for folder in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()


def test_a_bad_row_is_named_and_nothing_is_written(founded, tmp_path):
    founded("import", AIRLINES)
    file = tmp_path / "late.csv"
    file.write_text(
        "partner_code,kpi_code,period,value,numerator,denominator,note\nAA,FLIGHTS,2014-13,1,,,\n"
    )
    answer = founded("import", "values", file)
    assert answer.exit_code == 1
    assert "late.csv, row 2, period: '2014-13'" in answer.output


def test_good_rows_are_imported_and_an_import_is_undone(founded, tmp_path):
    founded("import", AIRLINES)
    file = tmp_path / "late.csv"
    header = "partner_code,kpi_code,period,value,numerator,denominator,note\n"
    file.write_text(header + "AA,FLIGHTS,2014-13,1,,,\nAA,FLIGHTS,2014-12,1,,,\n")
    tried = founded("import", "values", file, "--good-rows", "--dry-run")
    assert "1 rows are wrong" in tried.output
    answer = founded("import", "values", file, "--good-rows")
    assert answer.exit_code == 0
    assert "left out   1" in answer.output
    assert "Import 2 is undone." in founded("import", "--undo", "2").output
    again = founded("import", "--undo", "2")
    assert again.exit_code == 1
    assert "already" in again.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["import", "--undo", "7"],
        ["import", "--undo", "seven"],
        ["import", "/no/such/folder"],
        ["import", "values"],
        ["import", "poems", "/dev/null"],
        ["import", ".", "--as", "nobody@example.org"],
        ["scorecard", "ZZ", "--period", "2013"],
        ["scorecard", "ZZ", "--period", "soon"],
        ["user", "add", "nonsense", "--name", "N", "--password", "a good long word"],
        ["user", "add", "n@example.org", "--name", "N", "--password", "password"],
    ],
    ids=" ".join,
)
def test_a_call_that_cannot_be_used_ends_with_status_2(founded, arguments):
    assert founded(*arguments).exit_code == 2


def test_every_migration_is_listed_the_plugins_too(founded):
    answer = founded("db", "status")
    assert answer.exit_code == 0
    assert "incentives" in answer.output
    assert "pending" not in answer.output


def test_the_plugins_and_the_audit_chain_are_fine(founded):
    told = founded("plugins", "check").output
    assert told.endswith("All plugins are fine.\n")
    published = "incentives_payout_objections(partner_id, period); answered by: Conflicts\n"
    assert f"incentives publishes {published}" in told
    assert founded("audit", "verify").output.startswith("Every chain holds.\n")
    assert "incentives" in founded("plugins", "list").output


def test_all_that_is_wrong_is_named_in_one_go(founded, tmp_path):
    founded("import", AIRLINES)
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "kpis.csv").write_text(
        "code,name,category,value_type,unit,direction,nature,aggregation,frequency\n"
        "FLIGHTS,Flights,operational,number,flights,lower,flow,sum,monthly\n"
        "NEW,New,nonsense,number,,higher,flow,sum,monthly\n"
    )
    (folder / "partners.csv").write_text(
        "code,name,type,status,start_date,currency,contact_name,contact_email,tags\n"
        "QQ,Quick Air,supplier,flying,2012-01-01,USD,,,\n"
    )
    (folder / "values.csv").write_text(
        "partner_code,kpi_code,period,value,numerator,denominator,note\nQQ,NEW,2014-01,1,,,\n"
    )
    answer = founded("import", folder)
    assert answer.exit_code == 1
    for place in ("partners.csv, row 2, status", "kpis.csv, row 2, direction", "kpis.csv, row 3"):
        assert place in answer.output, answer.output


def test_a_link_for_a_new_password_is_printed_for_whoever_is_locked_out(founded):
    answer = founded("user", "reset", "Ada@example.org")
    assert answer.exit_code == 0
    assert "/reset/" in answer.output
    assert founded("user", "reset", "nobody@example.org").exit_code == 2


def test_a_second_factor_that_is_not_there_cannot_be_removed(founded):
    answer = founded("user", "second-factor-off", "ada@example.org")
    assert answer.exit_code == 2
    assert "has no second factor" in answer.output
