"""Where it is kept: SQLite and PostgreSQL, migrations, who may see what, the home of the ledger."""
