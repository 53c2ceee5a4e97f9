-- label: Favourite category
-- unit: category
-- from: category
-- description: The category with most orders in the window; of equals, the first by name.
max(category) FILTER (WHERE place = 1)
