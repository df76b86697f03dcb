"""Twenty residents at once on the local stack: `python bench/local_load.py [ORIGIN]`.

A closed loop: each client asks for the next page when it has the answer to the last.
The bar, on a stack that has just started: 20 clients for 60 s, no 503, 99 of 100 answers within 3 s.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx

from infra.local.api_client import Person

BAR_SECONDS = 3.0
ACCOUNT_PAGES = (
    "summary",
    "services",
    "charges",
    "payments",
    "meters",
    "documents",
    "readings/form",
)
OTHER_PAGES = ("/api/profile", "/api/bindings", "/api/cart", "/api/orders", "/api/notices")


@dataclass
class Answers:
    """The answers, and how long each took."""

    statuses: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, status: str, seconds: float) -> None:
        """Count one answer in."""
        with self.lock:
            self.statuses[status] += 1
            self.seconds.append(seconds)

    def percentile(self, share: float) -> float:
        """Return the time within which ``share`` of the answers arrived."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def session(origin: str) -> tuple[str, list[str]]:
    """Sign the demo user in; return the cookie and the pages to ask for."""
    demo = httpx.get(f"{origin}/local/demo", timeout=60, trust_env=False).json()
    with Person(origin, demo["email"], demo["password"]) as person:
        person.sign_in()
        account = person.call("GET", "/api/bindings")["items"][0]["account_id"]
        cookie = person.cookie
    return cookie, [f"/api/accounts/{account}/{page}" for page in ACCOUNT_PAGES] + list(OTHER_PAGES)


def ask(origin: str, cookie: str, pages: list[str], until: float, answers: Answers) -> None:
    """Ask for one page after another until the time is over."""
    with httpx.Client(base_url=origin, headers={"Cookie": cookie}, timeout=60, trust_env=False) as client:
        while time.monotonic() < until:
            for page in pages:
                if time.monotonic() >= until:
                    return
                started = time.monotonic()
                try:
                    status = str(client.get(page).status_code)
                except httpx.TransportError as error:
                    status = type(error).__name__
                answers.add(status, time.monotonic() - started)


def main() -> int:
    """Measure, print, and exit by the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("origin", nargs="?", default="http://127.0.0.1:8000")
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    cookie, pages = session(options.origin)
    answers = Answers()
    started = time.monotonic()
    clients = []
    for number in range(options.clients):
        turn = number % len(pages)
        mixed = pages[turn:] + pages[:turn]  # no two begin with the same page
        work = (options.origin, cookie, mixed, started + options.seconds, answers)
        clients.append(threading.Thread(target=ask, args=work))
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    took = time.monotonic() - started
    count = len(answers.seconds)
    print(f"{options.clients} clients, {took:.0f} s, load average {os.getloadavg()[0]:.1f}")
    print(
        "answers: " + ", ".join(f"{status}: {number}" for status, number in sorted(answers.statuses.items()))
    )
    shares = ", ".join(f"p{share} {answers.percentile(share / 100):.2f} s" for share in (50, 95, 99))
    print(f"{count / took:.1f} a second; {shares}, longest {max(answers.seconds):.2f} s")
    is_held = set(answers.statuses) == {"200"} and answers.percentile(0.99) <= BAR_SECONDS
    print("held" if is_held else "NOT HELD")
    return 0 if is_held else 1


if __name__ == "__main__":
    raise SystemExit(main())
