"""What runs around the system: the cabinet command, the local stack, simulators, sample data."""
