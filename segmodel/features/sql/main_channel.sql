-- label: Main channel
-- unit: category
-- from: channel
-- description: The channel with most orders in the window; of equals, the first by name.
max(channel) FILTER (WHERE place = 1)
