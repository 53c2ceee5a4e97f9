-- label: Standard errors to each side
-- unit: number
-- level: derived
-- show: no
-- formula: 97.5% point of Student's t with customers − 1 degrees of freedom, by its expansion
-- description: How many standard errors a 95% interval reaches to each side of the mean of values that lie evenly about it.
-- source: Abramowitz & Stegun 1964, 26.7.5.
CASE WHEN customers > 1 THEN 1.959964 + 2.372271 / (customers - 1) + 2.822499 / pow(customers - 1, 2)
    + 2.555850 / pow(customers - 1, 3) + 1.589534 / pow(customers - 1, 4) END
