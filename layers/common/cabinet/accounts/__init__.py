"""Accounts and the suppliers that keep them: nouns, requisites, rows."""
