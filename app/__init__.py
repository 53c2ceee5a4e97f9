"""The dashboard: what people see. Pages only put together what `segmodel` computes."""
