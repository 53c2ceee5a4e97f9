-- label: Sum of squared values
-- unit: number
-- level: aggregate
-- show: no
-- formula: Σ value²
-- description: Helps to compute the intervals of value.
-- source: Transactions up to the snapshot.
sum(value::DECIMAL(20,2) * value::DECIMAL(18,2))
