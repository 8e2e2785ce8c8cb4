"""What leaves the desk about KPIs: files that can be imported again, scorecards for programs."""
