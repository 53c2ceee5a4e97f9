-- label: Share who bought, lower end
-- unit: share
-- level: derived
-- of: active_share
-- formula: lower end of the 95% Wilson interval
-- description: Lower end of the 95% interval of the share who bought.
-- source: Wilson 1927.
greatest(0, least(active_share, (
    active_share + 1.959964 * (1.959964 / (2 * customers) - sqrt(
        active_share * (1 - active_share) / customers + pow(1.959964 / (2 * customers), 2)
    ))
) / (1 + pow(1.959964, 2) / customers)))
