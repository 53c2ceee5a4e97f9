-- label: Customers who bought
-- unit: customers
-- level: aggregate
-- count: yes
-- better: up
-- formula: customers with at least one order in the window
-- description: Customers of the segment who ordered in the trailing window; the others bought before it only.
-- source: Transactions up to the snapshot; a cancelled order does not count.
-- limits: Hidden where those who bought, or those who did not, are a group below the workspace's minimum.
count(*) FILTER (orders > 0)
