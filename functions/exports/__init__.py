"""The `exports` function: registries of readings and payments out, to where billing fetches them."""
