"""Looking at a page that may still be on its way: what is read is awaited."""

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as Late

PHONE = 390
FITS = """() => document.body
  && document.documentElement.scrollWidth <= document.documentElement.clientWidth"""
PATIENCE = 20_000  # milliseconds; a machine that does other things too takes its time


def fits(page: Page, patience: int = PATIENCE) -> None:
    """The page is no wider than its screen, once it is there."""
    try:
        page.wait_for_function(FITS, timeout=patience)
    except Late:
        raise AssertionError(f"{page.url} is wider than its screen") from None
