"""`cabinet replay`: messages that failed every try are sent once more, each queue in its own way."""
