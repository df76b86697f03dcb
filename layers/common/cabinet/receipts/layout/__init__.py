"""How the sheet is laid out: a flow of blocks and tables over landscape A4 pages."""

LAYOUT_VERSION = "5"
"""Part of the key of a stored sheet: raise it when the layout changes, and sheets are drawn again."""
