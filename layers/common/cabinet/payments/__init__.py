"""Cart, orders, banks, ledger. One mechanism moves an order: read, decide, commit by version."""
