"""Sign-ins in many threads leave no memory behind."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
THREADS = 10
BLOCK_MIB = 19

PROGRAM = f"""
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from argon2 import PasswordHasher
from serve.allocator import return_large_blocks

def resident_mib():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

if sys.argv[1] == "returned" and not return_large_blocks():
    sys.exit("this C library has no mallopt")
hasher = PasswordHasher(time_cost=1, memory_cost={BLOCK_MIB} * 1024, parallelism=1)
together = threading.Barrier({THREADS})

def sign_in(_):
    together.wait()
    hasher.hash("a password")

hasher.hash("the first, which moves the threshold")
before = resident_mib()
with ThreadPoolExecutor({THREADS}) as threads:
    list(threads.map(sign_in, range({THREADS})))
    print(resident_mib() - before)
"""


def kept_mib(argument: str) -> float:
    """Return what a process holds after ten threads have each hashed a password."""
    command = [sys.executable, "-c", PROGRAM, argument]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return float(finished.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator alone keeps such blocks")
def test_blocks_of_finished_sign_ins_are_given_back() -> None:
    assert kept_mib("kept") > 5 * BLOCK_MIB, "without it there is nothing to mend"
    assert kept_mib("returned") < BLOCK_MIB
