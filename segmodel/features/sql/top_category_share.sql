-- label: Share of the favourite category
-- unit: share
-- from: category
-- high: one-category
-- low: varied
-- description: Orders with the category bought most often, divided by the orders of all categories in the window.
max(orders) / nullif(sum(orders), 0)
