-- label: Days since last purchase
-- unit: days
-- level: aggregate
-- better: down
-- formula: median over customers
-- description: Half of the segment's customers bought more recently than this.
-- source: Transactions up to the snapshot.
median(days_since_last)
