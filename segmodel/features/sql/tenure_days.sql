-- label: Days since first purchase
-- unit: days
-- from: activity
-- high: long-standing
-- low: new
-- description: Whole days from the first purchase to the snapshot, over all history.
date_diff('day', min(first_on), snapshot)
