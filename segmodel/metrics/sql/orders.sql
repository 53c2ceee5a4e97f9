-- label: Orders
-- unit: number
-- level: aggregate
-- count: yes
-- better: up
-- formula: distinct orders in the window
-- description: Orders of the segment's customers in the trailing window; cancelled ones do not count.
-- source: Transactions up to the snapshot.
sum(orders)::BIGINT
