"""Rotations of secrets: a run may die between any two calls, and be run again (docs/runbook.md)."""
