"""Requests to addresses that others name: browsers' push services, suppliers' receivers of webhooks."""
