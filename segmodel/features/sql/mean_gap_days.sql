-- label: Days between purchases
-- unit: days
-- from: activity
-- high: long gaps
-- low: short gaps
-- description: Mean days between purchase days in the window. Unknown with fewer than two purchase days.
date_diff('day', min(first_on) FILTER (WHERE in_window), max(last_on) FILTER (WHERE in_window))
/ nullif(sum(active_days) FILTER (WHERE in_window) - 1, 0)
