"""`cabinet backup` and `cabinet restore --from`: tables and buckets of any engine, in an encrypted folder."""
