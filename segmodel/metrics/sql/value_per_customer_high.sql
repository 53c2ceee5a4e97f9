-- label: Value per customer, upper end
-- unit: money
-- level: derived
-- of: value_per_customer
-- formula: upper end of the 95% interval of Student's t, corrected for skewness by Hall's cubic transformation
-- description: Upper end of the 95% interval of value per customer. Values have a long tail, so it reaches further up than down.
-- source: Hall 1992, J. R. Statist. Soc. B 54; Zhou & Gao 2000, The American Statistician 54. It gives, without drawing at random, what a bootstrap of the t statistic tends to.
value_per_customer + value_per_customer_error * CASE
    WHEN abs(value_per_customer_skew) < 1e-6 THEN value_per_customer_quantile
    ELSE 3 / value_per_customer_skew * (1 - cbrt(
        1 - value_per_customer_skew * (value_per_customer_quantile + value_per_customer_skew / 6)
    ))
END
