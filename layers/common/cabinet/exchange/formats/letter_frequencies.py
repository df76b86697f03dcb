"""How Russian a text looks: which letters follow which, where a word begins with a capital. Pure.

Judged by pairs of letters, so that one surname is enough; `encoding.py` compares readings of the same bytes.
"""

LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"

# A row for each first letter, a column for each second one (a space is the edge of a word): 9 is the usual
# pair, 0 one never met. The logarithm of what 145,000 letters of surnames, streets, services and prose gave.
_PAIRS = (
    "0878887468839888898977766765222665",  # (beginning)
    "9377676367577868378784566654000057",  # а
    "6740007050704524726406043005554024",  # б
    "9805557103805617736654055435066006",  # в
    "6714556000703505806045100020000000",  # г
    "6705037524703666827145030000056003",  # д
    "8359677356367778558784654655000000",  # е
    "5002040250023455004060010000000000",  # ё
    "4620066000505056400005000001000200",  # ж
    "6825065030605455601005020000054003",  # з
    "8467567336677779567780567753000057",  # и
    "8000050001004603400550204320000000",  # й
    "7826005030703525927767033001054000",  # к
    "6830528450805645800407100400058057",  # л
    "7841307100700464831606000000052005",  # м
    "8804568500806007900676606400074046",  # н
    "8079776366577878578774653655000514",  # о
    "5700037400604701847046000040052003",  # п
    "7865658355805466952567454150066056",  # р
    "7746038420707756865687020710056016",  # с
    "7846038403706446848606020400067006",  # т
    "7365665065046765055750050655000050",  # у
    "4600006404601302705010100000035001",  # ф
    "6605004000500442704002000000200000",  # х
    "5505007000700000600004000000050000",  # ц
    "7600007600604006000362000000003000",  # ч
    "3600006300606344600054000002000000",  # ш
    "3500016502500000000005000000003000",  # щ
    "2000005400000000000000200000000000",  # ъ
    "7055345041065655044250060450000000",  # ы
    "7025407205405056000640004051000046",  # ь
    "2000000000003505000050000000000002",  # э
    "6040050040005403005440000505000000",  # ю
    "8265035236106436005350045540000043",  # я
)
_INDEX = {letter: index for index, letter in enumerate(" " + LETTERS)}
_EDGE = 0
_USUAL_SIGNS = frozenset("№«»–—…²³°\u00a0")
_SIGN, _STRANGE, _BROKEN = 7, -10, -40
_CAPITAL_INSIDE = -8
"""A small letter followed by a capital: the mark of KOI8-R read as windows-1251, and of the reverse."""
_BETWEEN_DIGITS = -10
"""A lone letter within a number: a no-break space between thousands, read in another encoding."""


def likelihood(text: str) -> tuple[float, int]:
    """Return how Russian the non-ASCII part of `text` looks, 0 to 9 and below, and by how many pairs."""
    total = counted = 0
    previous, was_small = _EDGE, False
    for position, character in enumerate(text):
        index = _INDEX.get(character.lower(), _EDGE) if character > "\x7f" else _EDGE
        if previous != _EDGE or index != _EDGE:
            total += int(_PAIRS[previous][index])
            counted += 1
        if index != _EDGE:
            is_small = character.islower()
            if was_small and not is_small:
                total += _CAPITAL_INSIDE
            if text[position - 1 : position].isdigit() and text[position + 1 : position + 2].isdigit():
                total += _BETWEEN_DIGITS
        elif character > "\x7f":
            total += _weight(character)
            counted += 1
        previous, was_small = index, index != _EDGE and character.islower()
    if previous != _EDGE:
        total += int(_PAIRS[previous][_EDGE])
        counted += 1
    return (total / counted if counted else 0.0), counted


def _weight(sign: str) -> int:
    if sign == "\ufffd":
        return _BROKEN
    return _SIGN if sign in _USUAL_SIGNS else _STRANGE
