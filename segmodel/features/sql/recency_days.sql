-- label: Days since last purchase
-- unit: days
-- from: activity
-- high: lapsed
-- low: recent
-- description: Whole days from the last purchase to the snapshot, over all history.
date_diff('day', max(last_on), snapshot)
