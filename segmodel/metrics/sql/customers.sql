-- label: Customers
-- unit: customers
-- level: aggregate
-- count: yes
-- formula: customers in the segment at the snapshot
-- description: Customers who have bought at least once by the snapshot and are in the segment.
-- source: Assignments of the model version in use. Customers who never bought are counted apart.
-- limits: Groups below the workspace's minimum are hidden.
count(*)
