"""Orders: checkout, states, storage, synchronisation with the bank."""
