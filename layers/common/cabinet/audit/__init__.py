"""The audit log: which member of the staff read or changed what; written with the change, never altered."""
