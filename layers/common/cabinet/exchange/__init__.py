"""Registries in and out: how billing systems' files are read, checked, applied, reported and written.

`docs/centre/registries.md` is the contract with the billing systems; a rule that changes here changes there.
"""
