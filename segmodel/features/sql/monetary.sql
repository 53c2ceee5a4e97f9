-- label: Spend
-- unit: money
-- from: activity
-- high: high-spend
-- low: low-spend
-- description: Sum of amounts in the window; refunds and cancellations subtract.
coalesce(sum(net) FILTER (WHERE in_window), 0)
