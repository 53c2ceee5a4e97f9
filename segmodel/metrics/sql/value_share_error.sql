-- label: Standard error of the share of value
-- unit: share
-- level: derived
-- show: no
-- formula: √((1 − 2p)·Σᵢ∈s value² + p²·Σ value²) ÷ Σ value, p the share
-- description: Taylor linearisation of the ratio of two totals over customers.
-- source: Särndal, Swensson & Wretman 1992, section 5.6.
CASE WHEN total_value > 0 THEN sqrt(greatest(0,
    (1 - 2 * value_share) * value_squares::DOUBLE + value_share * value_share * total_value_squares::DOUBLE
)) / total_value END
