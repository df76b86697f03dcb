"""`cabinet replay`: messages that were given up, given out once more by the way that works for each queue."""
