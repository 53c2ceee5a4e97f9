-- label: Categories bought
-- unit: number
-- from: category
-- high: broad range
-- low: narrow range
-- description: Distinct categories with an order in the window.
count(*) FILTER (WHERE orders > 0)
