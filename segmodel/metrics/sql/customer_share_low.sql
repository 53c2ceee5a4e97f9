-- label: Share of customers, lower end
-- unit: share
-- level: derived
-- of: customer_share
-- formula: lower end of the 95% Wilson interval
-- description: Lower end of the 95% interval of the share of customers.
-- source: Wilson 1927.
greatest(0, (customer_share + 1.920729 / total_customers - 1.959964 * sqrt(
    customer_share * (1 - customer_share) / total_customers + 0.960365 / (total_customers * total_customers)
)) / (1 + 3.841459 / total_customers))
