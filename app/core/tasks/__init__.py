"""Tasks: what one side of a partnership has to do by a day, with evidence and verification."""
