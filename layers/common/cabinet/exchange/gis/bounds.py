"""How large a template may be, in bytes and parts; real ones have some hundred kilobytes."""

MAX_FILE_BYTES = 5_000_000
MAX_PART_BYTES = 20_000_000
MAX_UNPACKED_BYTES = 50_000_000
MAX_PARTS = 500
MAX_SHEETS = 40
