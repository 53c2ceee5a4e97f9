-- label: Main channel
-- unit: category
-- from: channel
-- description: The channel with most orders in the window; of equals, the first by name.
first(channel ORDER BY orders DESC, channel) FILTER (WHERE orders > 0)
