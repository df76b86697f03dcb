"""When the message between a row and its worker counts as lost. Pure."""

from datetime import timedelta

MESSAGE_LOST_AFTER = timedelta(seconds=60)
"""How long after a request its message counts as lost, when no worker has begun."""
