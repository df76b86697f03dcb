"""The product as processes of one machine: requests, queues, schedules (docs/adr/0051, 0052).

It composes functions and reads what there is from template.yaml; nothing of the trade lives here.
"""
