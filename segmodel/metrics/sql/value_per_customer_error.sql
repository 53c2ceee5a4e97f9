-- label: Standard error of value per customer
-- unit: money
-- level: derived
-- show: no
-- formula: standard deviation of value ÷ √customers
-- description: Standard error of the mean.
-- source: Any textbook of statistics.
CASE WHEN customers > 1 THEN sqrt(greatest(0,
    (value_squares::DOUBLE - value::DOUBLE * value::DOUBLE / customers) / (customers - 1)
) / customers) END
