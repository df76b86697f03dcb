"""Personal accounts, their suppliers, and who has bound them."""
