-- label: Orders per customer
-- unit: ratio
-- level: derived
-- better: up
-- formula: orders ÷ customers
-- description: How often a customer of the segment ordered in the window, on average.
-- source: Transactions up to the snapshot.
orders / customers
