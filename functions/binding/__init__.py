"""The `binding` function: which accounts a subscriber has in the cabinet, and the paper opt-out."""
