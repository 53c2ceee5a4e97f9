-- label: Share of orders in the evening
-- unit: share
-- from: activity
-- needs: transactions.time
-- high: evening
-- low: daytime
-- description: Orders placed from 17:00 on, divided by all orders in the window. Says nothing where times are not recorded.
sum(evening_orders) FILTER (WHERE in_window) / nullif(sum(orders) FILTER (WHERE in_window), 0)
