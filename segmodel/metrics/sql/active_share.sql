-- label: Share who bought
-- unit: share
-- level: derived
-- better: up
-- formula: customers who bought in the window ÷ customers
-- description: How much of the segment ordered in the trailing window. What a segmentation asks of the others' orders is filled in, so their segment is less sure than its probability says.
-- source: Farris et al., Marketing Metrics.
-- limits: Hidden where those who bought, or those who did not, are a group below the workspace's minimum. Interval: Wilson (1927).
active_customers / customers
