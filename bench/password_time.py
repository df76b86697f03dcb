"""What a wrong password costs with and without a cabinet behind the address; how long a new one is checked.

    .local/venv/bin/python bench/password_time.py [runs]

Time of this process: a neighbour's load is not what an attacker measures. The figures to hold: known and
unknown addresses within 10 % of each other, and no text of 300 characters checked for longer than 3 s.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable

from cabinet.identity import passwords
from cabinet.identity.password_policy import MAX_LENGTH, rejection_reason

WITHIN, LONGEST = 0.10, 3.0
LETTERS = "йцукенгшщзхъ qwertyuiopasdf0123456789аааа"


def seconds(act: Callable[[], object]) -> float:
    """Return what a call takes of this process's time."""
    started = time.process_time()
    act()
    return time.process_time() - started


def main(runs: int) -> int:
    """Print the figures; 1 when one is beyond its limit."""
    stored = passwords.hash_password("tractor-lilac-73")
    spent: dict[str, list[float]] = {"known": [], "unknown": []}
    for _ in range(runs):
        spent["known"].append(seconds(lambda: passwords.verify("wrong", stored)))
        spent["unknown"].append(seconds(lambda: passwords.verify("wrong", None)))
    known, unknown = (statistics.median(each) for each in spent.values())
    apart = abs(known - unknown) / max(known, unknown)
    chance = random.Random(5)
    texts = ["".join(chance.choices(LETTERS, k=MAX_LENGTH)) for _ in range(runs)]
    judged = max(seconds(lambda text=text: rejection_reason(text)) for text in texts)  # type: ignore[misc]
    print(f"wrong password: known {known * 1000:.1f} ms, unknown {unknown * 1000:.1f} ms, {apart:.1%} apart")
    print(f"slowest judging of {len(texts)} texts: {judged * 1000:.0f} ms")
    return 0 if apart <= WITHIN and judged <= LONGEST else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50))
