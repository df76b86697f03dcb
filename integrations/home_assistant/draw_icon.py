"""Draws the integration's icon, a house with a drop of water: `python draw_icon.py` writes brand/*.png."""

import struct
import zlib
from pathlib import Path

BRAND = Path(__file__).parent / "custom_components" / "cabinet_zhkh" / "brand"
BLUE, WHITE, CLEAR = (31, 92, 153, 255), (255, 255, 255, 255), (0, 0, 0, 0)


def colour(x: float, y: float) -> tuple[int, int, int, int]:
    """Return the colour at a point of the unit square, from its upper left corner."""
    is_roof = 0.08 <= y <= 0.5 and abs(x - 0.5) <= (y - 0.08) * 1.1
    is_wall = 0.48 <= y <= 0.92 and 0.16 <= x <= 0.84
    is_round = (x - 0.5) ** 2 + (y - 0.66) ** 2 <= 0.14**2
    is_tip = 0.36 <= y <= 0.6 and abs(x - 0.5) <= (y - 0.36) * 0.525
    if is_round or is_tip:
        return WHITE
    return BLUE if is_roof or is_wall else CLEAR


def pixel(column: int, row: int, size: int) -> bytes:
    """Return the mean of sixteen points, so that edges are smooth."""
    steps = [(each + 0.5) / 4 for each in range(4)]
    points = [colour((column + dx) / size, (row + dy) / size) for dx in steps for dy in steps]
    opaque = [point for point in points if point[3]] or [BLUE]
    mixed = [sum(point[part] for point in opaque) // len(opaque) for part in range(3)]
    return bytes([*mixed, sum(point[3] for point in points) // len(points)])


def png(size: int) -> bytes:
    """Return the icon as a PNG of `size` pixels a side."""
    lines = b"".join(
        b"\0" + b"".join(pixel(column, row, size) for column in range(size)) for row in range(size)
    )
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b"")]
    written = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + written


if __name__ == "__main__":
    (BRAND / "icon.png").write_bytes(png(256))
    (BRAND / "icon@2x.png").write_bytes(png(512))
