-- label: Trend of spend
-- unit: ratio
-- from: activity
-- high: growing
-- low: fading
-- description: Spend before refunds of the last 6 months against the 6 months before: (last − previous) ÷ (last + previous), from −1 (stopped) to 1 (new). Unknown without a purchase in either.
(coalesce(sum(purchases) FILTER (WHERE in_last_6), 0) - coalesce(sum(purchases) FILTER (WHERE in_previous_6), 0))
/ nullif(sum(purchases) FILTER (WHERE in_last_6 OR in_previous_6), 0)
