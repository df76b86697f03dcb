"""Autopay: what is due of an account is charged to a saved card by its owner's rule."""
