-- label: Share of spend refunded
-- unit: share
-- from: activity
-- high: often refunded
-- description: Refunds and cancellations in the window, divided by spend before refunds. Unknown without a purchase in the window.
coalesce(sum(refunds) FILTER (WHERE in_window), 0) / nullif(sum(purchases) FILTER (WHERE in_window), 0)
