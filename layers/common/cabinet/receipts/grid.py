"""Where the modules of a QR symbol stand, and which mask suits it best (ISO/IEC 18004, 6.3, 7.7–7.9).

Grids are whole numbers, a bit a module: rows follow each other with light columns between, so that the four
rules of 7.8.3 are a few shifts and counts over all modules at once.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import compress

_GAP = 4
"""Light columns between rows: as wide as the light area that a finder-like pattern is judged with."""
_MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda row, column: (row + column) % 2 == 0,
    lambda row, column: row % 2 == 0,
    lambda row, column: column % 3 == 0,
    lambda row, column: (row + column) % 3 == 0,
    lambda row, column: (row // 2 + column // 3) % 2 == 0,
    lambda row, column: row * column % 2 + row * column % 3 == 0,
    lambda row, column: (row * column % 2 + row * column % 3) % 2 == 0,
    lambda row, column: ((row + column) % 2 + row * column % 3) % 2 == 0,
)
_AS_TRUTH = bytes.maketrans(b"01", b"\x00\x01")
_ONE = ord("1")

type _Grid = int


@dataclass(frozen=True, slots=True)
class Template:
    """What all symbols of one version share; `places` are the bits that codewords fill, in their order.

    Pairs are as the symbol stands, and with rows and columns exchanged.
    """

    size: int
    places: tuple[tuple[int, ...], tuple[int, ...]]
    masks: tuple[tuple[_Grid, _Grid], ...]
    frame: tuple[_Grid, _Grid]
    """The dark modules of finder, timing, alignment and version patterns."""
    area: _Grid


@cache
def template(version: int) -> Template:
    """Return the template of a version; made once a process."""
    size = 17 + 4 * version
    dark, fixed = _patterns(version, size)
    free = [place for place in _zigzag(size) if place not in fixed]
    masks = tuple(_both_ways((place for place in free if rule(*place)), size) for rule in _MASKS)
    stride = size + _GAP
    places = (
        tuple(row * stride + column for row, column in free),
        tuple(column * stride + row for row, column in free),
    )
    area = sum(((1 << size) - 1) << row * stride for row in range(size))
    return Template(size, places, masks, _both_ways(dark, size), area)


def best_masked(version: int, bits: str) -> _Grid:
    """Place the codewords' bits and return the finished symbol under the mask with the lowest penalty."""
    shape = template(version)
    dark = bits.encode().translate(_AS_TRUTH)
    upright, turned = (
        frame | _grid_of(compress(places, dark), shape.size)
        for frame, places in zip(shape.frame, shape.places, strict=True)
    )
    weighed = [
        (_penalty(upright ^ masks[0], turned ^ masks[1], shape), number)
        for number, masks in enumerate(shape.masks)
    ]
    mask = min(weighed)[1]
    return upright ^ shape.masks[mask][0] | _format_bits(mask, shape.size)


def rows(version: int, grid: _Grid) -> Iterator[str]:
    """Yield each row as text, "1" for a dark module."""
    size = 17 + 4 * version
    for row in range(size):
        yield f"{grid >> row * (size + _GAP) & (1 << size) - 1:0{size}b}"[::-1]


def _grid_of(places: Iterable[int], size: int) -> _Grid:
    digits = bytearray(b"0" * (size * (size + _GAP)))
    for place in places:
        digits[-1 - place] = _ONE
    return int(digits, 2)


def _both_ways(modules: Iterable[tuple[int, int]], size: int) -> tuple[_Grid, _Grid]:
    """The modules (row, column) as a grid, and as one with rows and columns exchanged."""
    stride, listed = size + _GAP, list(modules)
    return (
        _grid_of((row * stride + column for row, column in listed), size),
        _grid_of((column * stride + row for row, column in listed), size),
    )


def _penalty(upright: _Grid, turned: _Grid, shape: Template) -> int:
    """The four features of 7.8.3.1, table 11."""
    light = shape.area & ~upright
    blocks = sum(_block_starts(grid, shape.size + _GAP).bit_count() for grid in (upright, light))
    lines = _line_penalty(upright, light) + _line_penalty(turned, shape.area & ~turned)
    share = upright.bit_count() * 100 / shape.size**2
    return lines + 3 * blocks + 10 * int(abs(share - 50) / 5)


def _line_penalty(dark: _Grid, light: _Grid) -> int:
    """Runs of five and more, 3 points and one for each further module; finder-like patterns, 40 points."""
    points = 0
    for grid in (dark, light):
        fives = grid & grid >> 1 & grid >> 2 & grid >> 3 & grid >> 4
        points += fives.bit_count() + 2 * (fives & ~(fives << 1)).bit_count()
    pattern = dark & ~(dark >> 1) & dark >> 2 & dark >> 3 & dark >> 4 & ~(dark >> 5) & dark >> 6
    before = dark << 1 | dark << 2 | dark << 3 | dark << 4
    after = dark >> 7 | dark >> 8 | dark >> 9 | dark >> 10
    return points + 40 * (pattern & ~(before & after)).bit_count()


def _block_starts(grid: _Grid, stride: int) -> _Grid:
    pairs = grid & grid >> 1
    return pairs & pairs >> stride


def _patterns(version: int, size: int) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """The dark modules of all patterns, and all modules that carry no codeword."""
    squares = [(3, 3, 4), (3, size - 4, 4), (size - 4, 3, 4)]
    centres = _alignment_centres(version, size)
    finders = {(6, 6), (6, size - 7), (size - 7, 6)}
    squares += [(row, column, 2) for row in centres for column in centres if (row, column) not in finders]
    dark = {(6, place) for place in range(8, size - 8, 2)} | {(place, 6) for place in range(8, size - 8, 2)}
    fixed = {(6, place) for place in range(size)} | {(place, 6) for place in range(size)}
    for row, column, reach in squares:
        for down in range(-reach, reach + 1):
            for across in range(-reach, reach + 1):
                module = (row + down, column + across)
                if 0 <= module[0] < size and 0 <= module[1] < size:
                    fixed.add(module)
                    if max(abs(down), abs(across)) not in {reach - 2 if reach == 4 else 1, 4}:
                        dark.add(module)
    fixed |= {(8, place) for place in (*range(9), *range(size - 8, size))}
    fixed |= {(place, 8) for place in (*range(9), *range(size - 8, size))}
    dark.add((size - 8, 8))
    if version >= 7:
        told = _with_check(version, 12, 0x1F25)
        for bit in range(18):
            near, far = bit // 3, size - 11 + bit % 3
            fixed |= {(near, far), (far, near)}
            dark |= {(near, far), (far, near)} if told >> bit & 1 else set()
    return dark, fixed


def _alignment_centres(version: int, size: int) -> list[int]:
    if version == 1:
        return []
    count = version // 7 + 2
    step = (version * 8 + count * 3 + 5) // (count * 4 - 4) * 2
    return [6, *(size - 7 - step * place for place in range(count - 2, -1, -1))]


def _zigzag(size: int) -> Iterator[tuple[int, int]]:
    """The order of 7.7.3: pairs of columns from the right, upwards and downwards in turn."""
    right, upwards = size - 1, True
    while right > 0:
        if right == 6:
            right -= 1
        for row in range(size - 1, -1, -1) if upwards else range(size):
            yield row, right
            yield row, right - 1
        right, upwards = right - 2, not upwards


def _format_bits(mask: int, size: int) -> _Grid:
    """Level M is 00, so the mask alone is told; both copies of 7.9.1."""
    told = _with_check(mask, 10, 0x537) ^ 0x5412
    down = [*range(6), 7, 8, *range(size - 7, size)]
    across = [*range(size - 1, size - 9, -1), 7, *range(5, -1, -1)]
    marks = {(row, 8) for bit, row in enumerate(down) if told >> bit & 1}
    marks |= {(8, column) for bit, column in enumerate(across) if told >> bit & 1}
    return _both_ways(marks, size)[0]


def _with_check(value: int, length: int, generator: int) -> int:
    """Append `length` check bits of a BCH code."""
    remainder = value
    for _ in range(length):
        remainder = remainder << 1 ^ (remainder >> length - 1) * generator
    return value << length | remainder
