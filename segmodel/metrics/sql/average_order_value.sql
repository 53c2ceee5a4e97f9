-- label: Average order value
-- unit: money
-- level: derived
-- better: up
-- formula: sales before refunds ÷ orders
-- description: What one order of the segment comes to.
-- source: Farris et al., Marketing Metrics.
revenue / nullif(orders, 0)
