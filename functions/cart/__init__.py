"""The `cart` function."""
