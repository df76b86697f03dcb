"""How long a receipt's PDF takes and how large it is: `python bench/receipt_pdf.py`.

Warm means as in a Lambda that has drawn before: fonts prepared as the layer's build does and read already.
CPU time is what the bar counts (30 ms, 60 KB for one receipt); wall time and the baseline before and after
tell how busy the machine is.
"""

import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cpu_baseline import baseline

from cabinet.receipts.document import PaymentDocument
from cabinet.receipts.fonts import load, prepare
from cabinet.receipts.pdf import render
from tests.support.factories import documents

ROUNDS = 60
BAR_MS, BAR_KB = 30.0, 60.0
SAMPLES = {
    "the manual's: 9 lines, 2 payees": documents.MANUAL,
    "1 line, 1 payee": documents.ONE_LINE,
    "long names": documents.LONG_NAMES,
    "40 lines, 4 payees, recalculations": documents.large(),
}
COLD = """
from tests.support.factories.documents import MANUAL
import time
started = time.perf_counter()
from cabinet.receipts.pdf import render
render(MANUAL)
print((time.perf_counter() - started) * 1000)
"""


def measure(document: PaymentDocument) -> tuple[list[float], list[float], int]:
    """CPU and wall milliseconds of each round, and the size in bytes."""
    cpu, wall, size = [], [], 0
    for _ in range(ROUNDS):
        began, started = time.process_time(), time.perf_counter()
        size = len(render(document))
        cpu.append((time.process_time() - began) * 1000)
        wall.append((time.perf_counter() - started) * 1000)
    return cpu, wall, size


def first_sheet(layer: str) -> float:
    """Milliseconds of a new process's first sheet: import of the drawing code, fonts, drawing."""
    environment = os.environ | {"PYTHONPATH": layer}
    command = [sys.executable, "-c", COLD]
    runs = [
        float(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)
        for _ in range(5)
    ]
    return statistics.median(runs)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as layer:
        prepare.prepare(Path(layer) / load.PREPARED)
        sys.path.insert(0, layer)
        render(documents.MANUAL)
        gc.collect()
        print(f"baseline {baseline():.0f} ms, load average {os.getloadavg()[0]:.1f}, {ROUNDS} rounds")
        print(f"{'sample':36} {'CPU min':>8} {'median':>8} {'wall med':>9} {'KB':>6}")
        for name, document in SAMPLES.items():
            cpu, wall, size = measure(document)
            print(
                f"{name:36} {min(cpu):8.1f} {statistics.median(cpu):8.1f} {statistics.median(wall):9.1f}"
                f" {size / 1000:6.1f}"
            )
        print(f"baseline {baseline():.0f} ms")
        print(f"bar for one receipt: {BAR_MS:.0f} ms, {BAR_KB:.0f} KB")
        print(f"first sheet of a new process: {first_sheet(layer):.0f} ms")


if __name__ == "__main__":
    main()
