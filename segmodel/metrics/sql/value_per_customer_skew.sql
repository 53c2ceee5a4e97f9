-- label: Skewness of the mean value
-- unit: number
-- level: derived
-- show: no
-- formula: skewness of value ÷ √customers, skewness being the third central moment ÷ standard deviation³ (both over n)
-- description: How far the mean of so many customers is from following an even curve.
-- source: Hall 1992, J. R. Statist. Soc. B 54. The skewness of n numbers lies within ±(n − 2) ÷ √(n − 1) (Wilkins 1944), so what rounding makes of nearly equal values stays within that, too.
CASE WHEN customers > 2 AND value_per_customer_error > 0 THEN
    greatest(-1, least(1, (
        value_cubes / customers - 3 * value_per_customer * value_squares::DOUBLE / customers
        + 2 * pow(value_per_customer, 3)
    ) / pow(value_per_customer_error * sqrt(customers - 1), 3) * sqrt(customers - 1) / (customers - 2)))
    * (customers - 2) / sqrt(customers * (customers - 1))
ELSE 0 END
