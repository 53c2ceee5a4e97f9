-- label: Regularity of purchases
-- unit: ratio
-- from: activity
-- high: regular
-- low: irregular
-- description: 1 ÷ (1 + coefficient of variation of the days between purchase days whose later day is in the window): 1 is clockwork. Unknown with fewer than two gaps.
CASE WHEN sum(gaps) FILTER (WHERE in_window) >= 2 THEN
    1 / (1 + sqrt(greatest(0,
        sum(gap_days_squared) FILTER (WHERE in_window) * sum(gaps) FILTER (WHERE in_window)
        / (sum(gap_days) FILTER (WHERE in_window) * sum(gap_days) FILTER (WHERE in_window))::DOUBLE - 1)))
END
