"""The grid in a real browser: a paste from a spreadsheet, the keyboard, a phone, no script."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PASSWORD
from tests.e2e.test_every_page import AXE, CHECK, TAGS, WIDER

PASTE = """(input, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text/plain', text);
  input.dispatchEvent(
    new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
}"""
YEARS = "period=2011-12&count=24"
ROWS = [f"Grid {letter}" for letter in "ABCDEFGHIJKL"]


@pytest.fixture(scope="module")
def grid(desk, chromium):
    """The address of the grid of a partner of its own, with twelve KPIs."""
    folder = desk.data / "grid"
    folder.mkdir(exist_ok=True)
    codes = ["GRID" + name[-1] for name in ROWS]
    files = {
        "partners": "code,name,type,status,start_date,currency,contact_name,contact_email,tags\n"
        "GRIDCO,Grid Company,supplier,active,2009-01-01,EUR,,sales@gridco.example.org,\n",
        "kpis": "code,name,category,value_type,unit,direction,nature,aggregation,frequency\n"
        + "".join(
            f"{code},{name},operational,number,,higher,flow,sum,monthly\n"
            for code, name in zip(codes, ROWS, strict=True)
        ),
        "targets": "partner_code,kpi_code,period,target\n"
        + "".join(f"GRIDCO,{code},2011-12,100\n" for code in codes),
    }
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    done = desk.entente("import", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    page = chromium.new_page(base_url=desk.url)
    page.goto("/login?next=/partners%3Fq%3Dgridco")
    page.get_by_label("E-mail").fill("admin@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    link = page.get_by_role("link", name="Grid Company").get_attribute("href")
    page.close()
    return f"{link.split('?')[0]}/kpis/grid"


def cell(page, row, month):
    return page.get_by_role("textbox", name=f"{row} {month}", exact=True)


def focused(page):
    return page.evaluate(
        "() => document.activeElement.getAttribute('aria-labelledby')"
        ".split(' ').map(id => document.getElementById(id).textContent).join(' ')"
    )


def settle(page):
    """Wait until the drafts are saved."""
    expect(page.locator("[data-grid-says]")).to_have_text("Drafts are saved.")


def written(row, column):
    """A number as a spreadsheet shows it: with a comma, a thin blank, or plain."""
    number = 1000 + row * 24 + column
    styles = (f"{number:,}.50", f"{number // 1000}\u202f{number % 1000:03}.50", f"{number}.5")
    return styles[(row + column) % 3]


def test_twelve_rows_of_two_years_are_pasted_undone_pasted_and_submitted(sign_in, grid):
    page = sign_in("admin")
    page.goto(f"{grid}?{YEARS}")
    text = "\r\n".join("\t".join(written(r, c) for c in range(24)) for r in range(12)) + "\r\n"
    corner = cell(page, "Grid A", "Jan 2010")
    corner.focus()
    corner.evaluate(PASTE, text)
    expect(page.locator("[data-grid-says]")).to_contain_text("288 cells filled, 0 outside")
    assert cell(page, "Grid L", "Dec 2011").input_value() == written(11, 23)
    page.keyboard.press("Control+z")
    expect(corner).to_have_value("")
    expect(page.locator("[data-grid-says]")).to_contain_text("288 cells are as before")
    corner.evaluate(PASTE, text)
    page.get_by_role("button", name="Submit all").click()
    page.get_by_text("288 figures are submitted; they await approval.").wait_for()
    assert page.locator("td.g-waits").count() == 288
    assert cell(page, "Grid L", "Dec 2011").input_value() == "1287.5"
    assert cell(page, "Grid A", "Jan 2010").input_value() == "1000.5"


def test_a_block_that_does_not_fit_says_what_was_left_out(sign_in, grid):
    page = sign_in("admin")
    page.goto(f"{grid}?period=2009-12&count=6")
    corner = cell(page, "Grid L", "Dec 2009")
    corner.focus()
    corner.evaluate(PASTE, '1\t2\n"3 ""x""\nmore"\t\n')
    expect(page.locator("[data-grid-says]")).to_contain_text("1 cells filled, 2 outside")
    expect(corner).to_have_value("1")
    page.keyboard.press("Control+z")
    expect(corner).to_have_value("")
    settle(page)


def test_keys_move_as_in_a_spreadsheet(sign_in, grid):
    page = sign_in("admin")
    page.goto(f"{grid}?period=2008-12&count=6")
    cell(page, "Grid B", "Aug 2008").focus()
    for key, place in (
        ("ArrowRight", "Grid B Sept 2008"),
        ("ArrowDown", "Grid C Sept 2008"),
        ("ArrowLeft", "Grid C Aug 2008"),
        ("ArrowUp", "Grid B Aug 2008"),
        ("Enter", "Grid C Aug 2008"),
        ("Shift+Enter", "Grid B Aug 2008"),
        ("Tab", "Grid B Sept 2008"),
        ("Home", "Grid B Jul 2008"),
        ("End", "Grid B Dec 2008"),
        ("Control+End", "Grid L Dec 2008"),
        ("Control+Home", "Grid A Jul 2008"),
    ):
        page.keyboard.press(key)
        assert focused(page).replace("July", "Jul") == place, key
    page.keyboard.type("123")
    page.keyboard.press("ArrowLeft")
    assert focused(page).startswith("Grid A Jul"), "the caret moves inside the text first"
    page.keyboard.press("Escape")
    expect(page.locator("input[aria-labelledby='r1 c1']")).to_have_value("")
    settle(page)


def test_faults_are_named_beside_the_cell_and_on_top_and_drafts_come_back(sign_in, grid):
    page = sign_in("admin")
    address = f"{grid}?period=2007-12&count=6"
    page.goto(address)
    cell(page, "Grid A", "Dec 2007").fill("12,5x")
    cell(page, "Grid B", "Dec 2007").fill("1,431")
    settle(page)
    page.goto(address)
    expect(cell(page, "Grid B", "Dec 2007")).to_have_value("1,431")
    page.get_by_role("button", name="Submit all").click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    assert "Grid A, Dec 2007: “12,5x” is not a number" in summary.inner_text()
    page.evaluate(AXE)
    assert page.evaluate(CHECK, TAGS) == []
    summary.get_by_role("link", name="Grid A, Dec 2007").click()
    bad = cell(page, "Grid A", "Dec 2007")
    expect(bad).to_be_focused()
    expect(bad).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Submit the good one").click()
    page.get_by_text("One figure is submitted; it awaits approval. One stays here").wait_for()
    expect(cell(page, "Grid A", "Dec 2007")).to_have_value("12,5x")
    page.get_by_role("button", name="Discard drafts").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("discarded.").wait_for()
    expect(cell(page, "Grid A", "Dec 2007")).to_have_value("")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_it_is_a_list_with_the_latest_periods(sign_in, grid, theme):
    page = sign_in("admin", width=390, theme=theme)
    page.goto(f"{grid}?period=2006-12&count=12")
    assert page.evaluate(WIDER) == 0
    december, may = cell(page, "Grid A", "Dec 2006"), cell(page, "Grid A", "May 2006")
    expect(december).to_be_visible()
    expect(december).to_have_attribute("inputmode", "decimal")
    expect(may).to_be_hidden()
    page.get_by_label("Show every period").check()
    expect(may).to_be_visible()
    page.evaluate(AXE)
    assert page.evaluate(CHECK, TAGS) == []


def test_without_a_script_figures_are_checked_and_submitted(sign_in, grid):
    page = sign_in("admin", script=False)
    page.goto(f"{grid}?period=2005-12&count=6")
    cell(page, "Grid A", "Dec 2005").fill("7")
    cell(page, "Grid A", "Dec 2005").press("Enter")
    page.get_by_text("One figure can be submitted.").wait_for()
    page.get_by_role("button", name="Submit all").click()
    page.get_by_text("One figure is submitted; it awaits approval.").wait_for()
