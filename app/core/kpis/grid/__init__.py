"""The grid: many figures at once, KPIs × periods of a partner or partners × periods of a KPI."""
