-- label: Share of customers, upper end
-- unit: share
-- level: derived
-- of: customer_share
-- formula: upper end of the 95% Wilson interval
-- description: Upper end of the 95% interval of the share of customers.
-- source: Wilson 1927.
least(1, greatest(customer_share, (
    customer_share + 1.959964 * (1.959964 / (2 * total_customers) + sqrt(
        customer_share * (1 - customer_share) / total_customers + pow(1.959964 / (2 * total_customers), 2)
    ))
) / (1 + pow(1.959964, 2) / total_customers)))
