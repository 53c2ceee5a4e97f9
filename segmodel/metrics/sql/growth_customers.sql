-- label: Customers a year before
-- unit: customers
-- level: derived
-- formula: customers in the segment one year before
-- description: The customers the growth is measured from.
-- source: Assignments one year before the snapshot.
prior_customers
