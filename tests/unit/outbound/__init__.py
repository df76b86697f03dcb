"""Tests of cabinet.outbound."""
