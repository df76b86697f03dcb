"""Building and packaging: functions, site, OpenAPI, template."""
