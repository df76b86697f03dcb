"""The `exports` function: registries for billing, GIS files, archives of one's data, webhooks' delivery."""
