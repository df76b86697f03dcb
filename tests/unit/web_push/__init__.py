"""Tests of cabinet.web_push."""
