-- label: Sales before refunds
-- unit: money
-- level: aggregate
-- better: up
-- formula: sum of positive amounts in the window
-- description: Sales before refunds: what the segment's customers paid in the trailing window, with nothing taken off for what they sent back. Value is after refunds.
-- source: Transactions up to the snapshot.
-- limits: Not net revenue, and not the value that shares, index and growth are made of.
sum(revenue)
