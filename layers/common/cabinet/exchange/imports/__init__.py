"""Registries that come in: validation, merging, writing, reports."""
