"""The first screen with everything cold: functions one after another, as a browser asks for them.

    ./cabinet build && .local/venv/bin/python bench/first_screen.py [runs]

Each function is started under awslambdaric as in `cold_start.py`, and gets the browser's own request; what
follows in the chain begins with the answer of what was before. The tables are empty: a sign-in goes to
its refusal, the other requests to the session's reading, so the figure is of the starts, not of the rules.
The chain before `GET /api/home`: sign-in, profile, bindings, summary, of four functions. The figure to hold:
0.6 × that chain, after a sign-in and after a reload.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import awslambdaric
from cold_start import BARE, BUILT, RIC_PARTS, RuntimeApi, Server, cold_start, request, session_cookie

if TYPE_CHECKING:
    from collections.abc import Iterable

LIMIT = 0.6
FUNCTIONS = {
    "auth": "AuthFunction",
    "subscriber_profile": "SubscriberProfileFunction",
    "binding": "BindingFunction",
    "queries": "QueriesFunction",
}


def event(method: str, path: str, cookie: str | None, body: object = None) -> dict[str, Any]:
    """Return API Gateway's event of a request."""
    made = request(path, cookie, method) | {"routeKey": f"{method} {path}"}
    return made if body is None else made | {"body": json.dumps(body)}


def main() -> int:
    """Measure in turns, print the table, fail when a chain is over its limit."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    server = Server(("127.0.0.1", 0), RuntimeApi)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    cookie = session_cookie()
    sign_in = event("POST", "/api/auth/sessions", None, {"email": "a@example.com", "password": "a password"})
    asked = {
        "sign-in": ("auth", sign_in),
        "profile": ("subscriber_profile", event("GET", "/api/profile", cookie)),
        "bindings": ("binding", event("GET", "/api/bindings", cookie)),
        "summary": ("queries", event("GET", "/api/accounts/uk%3A1234567899/summary", cookie)),
        "home": ("queries", event("GET", "/api/home", cookie)),
    }
    with tempfile.TemporaryDirectory() as made:
        runtime, bare = Path(made) / "runtime", Path(made) / "bare"
        runtime.mkdir()
        bare.mkdir()
        (bare / "bare.py").write_text(BARE)
        subprocess.run([sys.executable, "-m", "compileall", "-q", str(bare)], check=True)
        installed = Path(awslambdaric.__file__).parent.parent
        for part in RIC_PARTS:
            for found in installed.glob(part):
                (runtime / found.name).symlink_to(found)
        layer = BUILT / "CommonLayer" / "python"
        cases: dict[str, tuple[str, list[Path], dict[str, Any]]] = {
            "bare": ("bare.with_calls", [runtime, layer, bare], {})
        }
        for name, (function, sent) in asked.items():
            code = [runtime, layer, BUILT / FUNCTIONS[function]]
            cases[name] = (f"{function}.lambda_function.handler", code, sent)
        taken: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(runs):
            for name, case in cases.items():
                taken[name].append(cold_start(server, *case).clock)
    return report({name: statistics.median(times) for name, times in taken.items()}, runs)


def report(median: dict[str, float], runs: int) -> int:
    """Print each start, and the chains of before against those of now."""

    def chain(names: Iterable[str]) -> float:
        return sum(median[name] for name in names)

    print(f"cold start, spawn → first reply, median of {runs}, in turns")
    for name, seconds in median.items():
        print(f"  {name:22}{seconds * 1000:>7.0f} ms")
    worst = 0.0
    for what, before, now in (
        ("sign-in → debts", ("sign-in", "profile", "bindings", "summary"), ("sign-in", "home")),
        ("reload → debts", ("profile", "bindings", "summary"), ("home",)),
    ):
        ratio = chain(now) / chain(before)
        worst = max(worst, ratio)
        figures = f"{chain(before) * 1000:>7.0f} ms →{chain(now) * 1000:>6.0f} ms"
        print(f"{what:20}{figures}  {ratio:.2f} ×, {chain(now) / median['bare']:.1f} bare functions")
    print(f"at most {LIMIT} × the chain of before: {'held' if worst <= LIMIT else 'NOT held'}")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
