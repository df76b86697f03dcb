"""Registries in and out."""
