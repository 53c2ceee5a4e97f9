-- label: Growth
-- unit: change
-- level: derived
-- better: up
-- formula: value ÷ value of the segment one year before − 1
-- description: How the segment's value compares with the same window one year before. The rules are those of today; who is in the segment may have changed.
-- source: Both snapshots, scored by the same model version.
-- limits: Not defined where the data do not fill the earlier window, or its value was zero or less. Rests on the customers of the year before (growth_customers), which stand with it.
CASE WHEN prior_value > 0 THEN value / prior_value - 1 END
