"""A simulator of Госуслуги (ESIA): the real addresses and signatures, people of its own, faults on order."""
