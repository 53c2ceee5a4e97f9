-- label: Days with a purchase
-- unit: days
-- from: activity
-- high: often here
-- low: seldom here
-- description: Distinct days with a purchase in the window.
coalesce(sum(active_days) FILTER (WHERE in_window), 0)
