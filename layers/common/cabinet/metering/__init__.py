"""Meters and their readings."""
