-- label: Share of customers
-- unit: share
-- level: derived
-- formula: customers ÷ all scored customers
-- description: How much of the customer base the segment is.
-- source: Farris et al., Marketing Metrics.
-- limits: Interval: Wilson (1927), reading the customers of today as a sample of those to come.
customers / total_customers
