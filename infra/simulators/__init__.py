"""Simulators of outside systems: banks and Госуслуги."""
