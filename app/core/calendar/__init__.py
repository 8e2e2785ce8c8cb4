"""Due dates as iCalendar (RFC 5545): a private feed for each person, files of single entries."""
