-- label: Share of spend on promotion
-- unit: share
-- from: activity
-- needs: transactions.promotion
-- high: deal-driven
-- low: full-price
-- description: Spend before refunds on lines with a promotion, divided by all spend before refunds in the window.
coalesce(sum(promoted) FILTER (WHERE in_window), 0) / nullif(sum(purchases) FILTER (WHERE in_window), 0)
