"""The `queries` function: what a subscriber owes, and why; and the answer to unknown routes."""
