-- label: Orders
-- unit: orders
-- from: activity
-- high: frequent
-- low: occasional
-- description: Distinct orders in the window. Without an order id, all that a customer buys on one day is one order.
coalesce(sum(orders) FILTER (WHERE in_window), 0)
