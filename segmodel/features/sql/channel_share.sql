-- label: Share of orders by {value}
-- unit: share
-- from: channel
-- for_each: channel
-- high: mostly {value}
-- low: little {value}
-- description: Orders with a line bought by {value}, divided by the orders of all channels in the window.
coalesce(sum(orders) FILTER (WHERE channel = {literal}), 0) / nullif(sum(orders), 0)
