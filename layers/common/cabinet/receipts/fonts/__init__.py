"""Fonts of the PDF: preparation, metrics, embedding."""
