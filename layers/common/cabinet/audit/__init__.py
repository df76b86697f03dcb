"""The audit log: who of the staff looked at what or changed it, written with the change and never altered."""
