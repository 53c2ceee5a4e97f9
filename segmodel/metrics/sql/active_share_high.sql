-- label: Share who bought, upper end
-- unit: share
-- level: derived
-- of: active_share
-- formula: upper end of the 95% Wilson interval
-- description: Upper end of the 95% interval of the share who bought.
-- source: Wilson 1927.
least(1, greatest(active_share, (
    active_share + 1.959964 * (1.959964 / (2 * customers) + sqrt(
        active_share * (1 - active_share) / customers + pow(1.959964 / (2 * customers), 2)
    ))
) / (1 + pow(1.959964, 2) / customers)))
