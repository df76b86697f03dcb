"""The HTTP layer beneath the functions: app factory, authentication, problem+json, pagination."""
