"""Tests of cabinet.calendar_feed."""
