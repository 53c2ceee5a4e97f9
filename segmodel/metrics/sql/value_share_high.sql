-- label: Share of value, upper end
-- unit: share
-- level: derived
-- of: value_share
-- formula: share + 1.96 standard errors
-- description: Upper end of the 95% interval of the share of value.
-- source: Särndal, Swensson & Wretman 1992, section 5.6.
value_share + 1.959964 * value_share_error
