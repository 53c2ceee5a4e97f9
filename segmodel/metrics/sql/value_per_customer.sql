-- label: Value per customer
-- unit: money
-- level: derived
-- better: up
-- formula: value ÷ customers
-- description: What one customer of the segment brought in the window, on average.
-- source: Transactions up to the snapshot.
-- limits: A mean: a few large customers can carry it. Interval: 95%, by Student’s t corrected for skewness (Hall 1992).
value / customers
