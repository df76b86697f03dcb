"""The banks: one port of four verbs, and an adapter for each dialect."""
