-- label: Share of value
-- unit: share
-- level: derived
-- formula: value ÷ value of all segments
-- description: How much of all value the segment brings.
-- source: Farris et al., Marketing Metrics.
-- limits: Not defined where all value together is zero or less. Interval: linearised ratio (Taylor), 95%.
CASE WHEN total_value > 0 THEN value / total_value END
