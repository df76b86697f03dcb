"""The domain of the subscriber cabinet: what its functions share. Never imports `infra` or a function."""

from cabinet.aws.cold_start import apply_cold_start_tweaks

apply_cold_start_tweaks()
