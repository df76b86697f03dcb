"""Cart, orders, the ledger and the banks."""
