-- label: Value index
-- unit: index
-- level: derived
-- formula: 100 × share of value ÷ share of customers
-- description: What a customer of the segment is worth against the average customer, who is 100.
-- source: The form of the brand development index; Farris et al., Marketing Metrics.
100 * value_share / customer_share
