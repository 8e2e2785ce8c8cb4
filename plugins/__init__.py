"""Feature plugins; each folder is one, and an organisation's own stand beside ours."""
