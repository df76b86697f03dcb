"""Госуслуги (ESIA): the port, its adapters, and what a return from there means for a cabinet."""
