"""Tests of cabinet.own_data."""
