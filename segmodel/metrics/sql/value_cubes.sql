-- label: Sum of cubed values
-- unit: number
-- level: aggregate
-- show: no
-- formula: Σ value³; a value of a million or more counts to the thousand
-- description: Helps to compute the interval of value per customer. Both parts are exact sums, so the order of adding changes no digit, and short enough to fit the largest number type.
-- source: Transactions up to the snapshot.
coalesce(sum(
    TRY_CAST(value AS DECIMAL(8,2))::DECIMAL(22,2) * TRY_CAST(value AS DECIMAL(8,2)) * TRY_CAST(value AS DECIMAL(8,2))
), 0)::DOUBLE + 1e9 * coalesce(sum(CASE WHEN abs(value) >= 999999.995 THEN
    (value / 1000)::HUGEINT * (value / 1000)::HUGEINT * (value / 1000)::HUGEINT
END), 0)::DOUBLE
