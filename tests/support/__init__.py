"""What several tests lean on: real data, a real PostgreSQL server, a real browser."""
