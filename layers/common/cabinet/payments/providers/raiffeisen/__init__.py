"""Raiffeisenbank: СБП by its own interface."""
