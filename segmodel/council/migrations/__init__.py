"""How the tables of the council came to be: one file a step, run in order by alembic."""
