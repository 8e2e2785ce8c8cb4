"""Notifications in the app, the e-mails that follow from them, and announcements."""
