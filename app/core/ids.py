"""Rows' numbers in texts that somebody sent."""

MAX_ID = 2**63 - 1  # what every database can hold


def row_id(sent: str | int | None) -> int | None:
    """A row's number in what was sent; None where there can be no such row."""
    text = str(sent)
    if not (text.isascii() and text.isdecimal()) or len(text) > 19:
        return None
    return number if (number := int(text)) <= MAX_ID else None
