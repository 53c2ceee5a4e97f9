-- label: Sales before refunds
-- unit: money
-- level: aggregate
-- better: up
-- formula: sum of positive amounts in the window
-- description: What the segment's customers paid in the trailing window, before refunds.
-- source: Transactions up to the snapshot.
sum(revenue)
