"""The domain of the subscriber cabinet: what its functions share. Never imports `infra` or a function."""
