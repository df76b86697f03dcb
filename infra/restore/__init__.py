"""`cabinet restore`: tables as they were, copied, checked, put to use by the stack's parameters."""
