"""How the sheet is laid out: a flow of blocks and tables over landscape A4 pages."""
