"""One package for each channel that a notification can go by."""
