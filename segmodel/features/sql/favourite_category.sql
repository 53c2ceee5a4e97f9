-- label: Favourite category
-- unit: category
-- from: category
-- description: The category with most orders in the window; of equals, the first by name.
first(category ORDER BY orders DESC, category) FILTER (WHERE orders > 0)
