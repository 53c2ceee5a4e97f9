-- label: Value
-- unit: money
-- level: aggregate
-- better: up
-- formula: sum of margin, or of revenue where margin is not known, in the window
-- description: What the segment's customers brought in the trailing window (12 months unless the definition says otherwise). Refunds subtract.
-- source: Transactions up to the snapshot.
sum(value)
