"""Saved cards: the bank keeps the card, the cabinet what it is called there."""
