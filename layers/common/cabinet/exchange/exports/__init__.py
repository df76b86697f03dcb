"""Registries that go out to suppliers."""
