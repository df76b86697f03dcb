"""Simulators of the banks' real protocols, for the local stack and the tests. Never deployed."""
