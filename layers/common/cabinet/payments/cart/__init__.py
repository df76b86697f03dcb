"""The cart: rules, storage, and what it depends on."""
