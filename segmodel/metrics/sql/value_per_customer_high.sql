-- label: Value per customer, upper end
-- unit: money
-- level: derived
-- of: value_per_customer
-- formula: mean + 1.96 standard errors
-- description: Upper end of the 95% interval of value per customer.
-- source: Central limit theorem.
value_per_customer + 1.959964 * value_per_customer_error
