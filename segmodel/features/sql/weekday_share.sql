-- label: Share of orders on weekdays
-- unit: share
-- from: activity
-- high: weekday
-- low: weekend
-- description: Orders placed Monday to Friday, divided by all orders in the window.
sum(weekday_orders) FILTER (WHERE in_window) / nullif(sum(orders) FILTER (WHERE in_window), 0)
