"""Names and times of the integration."""

from datetime import timedelta

DOMAIN = "cabinet_zhkh"

UPDATE_INTERVAL = timedelta(hours=1)
"""Charges change once a month and readings once a day: docs/api.md asks for no more."""

SHORTEST_WAIT = timedelta(minutes=1)
"""How long nothing is asked after a 429 or 503 that names no time: the limit counts by minutes."""

LONGEST_WAIT = timedelta(hours=24)

SERVICE_SUBMIT_READING = "submit_reading"
