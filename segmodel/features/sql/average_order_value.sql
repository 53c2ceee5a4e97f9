-- label: Average order value
-- unit: money
-- from: activity
-- high: big baskets
-- low: small baskets
-- description: Spend before refunds in the window, divided by its orders. Unknown without an order in the window.
sum(purchases) FILTER (WHERE in_window) / nullif(sum(orders) FILTER (WHERE in_window), 0)
