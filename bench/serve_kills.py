"""Three `serve` groups on one stack, under the mixed load of twenty clients: `python bench/serve_kills.py`.

For a while all is well; then one group is stopped (SIGSTOP) and woken; then a process at random is killed
(-9) every few seconds. Printed: what each client was promised and what is there at the end, emails, due
moments of schedules. The bar: nothing promised is lost, nothing is there twice.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from infra.build.template import ROOT
from infra.cli.errors import CommandError
from infra.local.api_client import Person
from infra.local.ministack import free_port

PAGES = ("summary", "services", "charges", "payments", "meters", "documents", "readings/form", "requests")
MAX_REQUESTS = (6, 12, 26)
"""Of one client by the end of each part: the product lets one person send thirty in an hour."""
_BEING_DONE = {"payment_being_prepared", "conflict"}
"""What a checkout is answered while another process may still be at it."""
START_SECONDS = 240


@dataclass
class Client:
    """One resident: what they asked for, and what was answered."""

    email: str
    account: dict[str, Any]
    is_payer: bool
    cookie: str = ""
    can_ask: bool = True
    """Whether the supplier takes requests here."""
    promised: dict[str, str] = field(default_factory=dict)
    """Number of each request by the words that are in its text."""
    order: dict[str, Any] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    repeats: int = 0

    def path(self, page: str) -> str:
        """Return a page's path of the client's account."""
        return f"/api/accounts/{self.account['account_id']}/{page}"


class Group:
    """One `serve`: a supervisor and its processes."""

    def __init__(self, pid: int, origin: str = "", log: Path | None = None) -> None:
        self.pid, self.origin, self.log = pid, origin, log

    def processes(self) -> list[int]:
        """Return the processes that the supervisor has now."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(each) for each in children.split()]

    def largest_mib(self) -> float:
        """Return what the largest of its processes holds, memory shared with others included."""
        pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.processes())
        return max(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def signal(self, number: int) -> None:
        """Send a signal to all of it."""
        for pid in (self.pid, *self.processes()):
            os.kill(pid, number)


def main() -> int:
    """Run, print, and exit by the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60, help="of each of the three parts")
    options = parser.parse_args()
    with ExitStack() as stopping:
        folder = Path(stopping.enter_context(tempfile.TemporaryDirectory(prefix="serve-kills-")))
        front, origin = start_stack(stopping, folder)
        environment = json.loads((folder / "stack" / "environment.json").read_text("utf-8"))
        groups = [start_group(stopping, folder, environment, number) for number in (2, 3)]
        clients = [new_client(origin, number) for number in range(options.clients)]
        print(f"{len(clients)} clients registered", flush=True)
        origins = [group.origin for group in groups]
        with_load(options.seconds, clients, origins, lambda _: None, "all is well")
        print_largest(groups)
        alone = origins[:1]
        with_load(options.seconds, clients, alone, lambda until: pause(groups[1], until), "one sleeps", 1)
        print_largest(groups)
        killed: Counter[str] = Counter()
        with_load(
            options.seconds, clients, origins, lambda until: kill(groups, front, until, killed), "kill -9", 2
        )
        print(f"killed: {dict(killed)}")
        for client in clients:
            pay(origin, client)
        print(f"{sum(bool(client.order) for client in clients)} orders checked out while processes died")
        return judge(origin, clients, [folder / "local.log", *(group.log for group in groups if group.log)])


def print_largest(groups: list[Group]) -> None:
    """Print what the largest process holds now."""
    print(f"largest process {max(group.largest_mib() for group in groups):.0f} MiB", flush=True)


def start_stack(stopping: ExitStack, folder: Path) -> tuple[Group, str]:
    """Start the local stack, whose own `serve` is the first group."""
    port = free_port()
    log = folder / "local.log"
    command = [str(ROOT / "cabinet"), "local", "--serve", "--no-web", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--data", str(folder / "stack")], cwd=ROOT, stdout=output, stderr=output,
            env=os.environ | {"POWERTOOLS_LOG_LEVEL": "INFO"},
        )  # fmt: skip
    stopping.callback(end, process)
    deadline = time.monotonic() + START_SECONDS
    while b"ready http" not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(log.read_text("utf-8")[-2000:])
        time.sleep(0.5)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    serving = next(
        int(pid) for pid in children if "infra.local.serve_app" in Path(f"/proc/{pid}/cmdline").read_text()
    )
    return Group(serving), f"http://127.0.0.1:{port}"


def start_group(stopping: ExitStack, folder: Path, environment: dict[str, str], number: int) -> Group:
    """Start a further group on the same tables and queues; say how soon it was ready."""
    port, log = free_port(), folder / f"serve-{number}.log"
    command = [sys.executable, "-m", "infra", "serve", "--port", str(port), "--workers", "2"]
    settings = {
        "SERVE_INBOUND_POLL_SECONDS": "2",
        "SERVE_QUEUE_WAIT_SECONDS": "2",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--management-port", str(free_port())], cwd=ROOT, stdout=output, stderr=output,
            env=os.environ | environment | settings,
        )  # fmt: skip
    stopping.callback(end, process)
    origin = f"http://127.0.0.1:{port}"
    while not is_ready(origin):
        time.sleep(0.02)
    print(f"group {number} ready after {time.monotonic() - started:.2f} s", flush=True)
    return Group(process.pid, origin, log)


def is_ready(origin: str) -> bool:
    """Ask the probe."""
    try:
        return httpx.get(f"{origin}/readyz", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop in order, or at all."""
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()


def new_client(origin: str, number: int) -> Client:
    """Register a resident who has bound an account of the sample."""
    accounts = httpx.get(f"{origin}/local/demo", timeout=60, trust_env=False).json()["accounts"]
    account = accounts[number % len(accounts)]
    client = Client(f"client-{number}@bench.example", account, is_payer=number < len(accounts) - 2)
    with Person(origin, client.email, "Bench-Kyshtym-2026") as person:
        person.register()
        person.sign_in()
        person.bind(account)
        client.cookie = person.cookie
    headers = {"Cookie": client.cookie}
    asked = httpx.get(origin + client.path("requests"), headers=headers, timeout=60, trust_env=False)
    client.can_ask = asked.is_success
    return client


def with_load(
    seconds: float,
    clients: list[Client],
    origins: list[str],
    disturb: Any,  # noqa: ANN401 - what happens, until a moment
    title: str,
    part: int = 0,
) -> None:
    """Let every client work while something happens; print what was answered meanwhile."""
    before = [len(client.seconds) for client in clients]
    for client in clients:
        client.answers.clear()
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=work, args=(client, origins, until, part)) for client in clients]
    threads.append(threading.Thread(target=disturb, args=(until,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers: Counter[str] = sum((client.answers for client in clients), Counter())
    taken = sorted(
        each for client, first in zip(clients, before, strict=True) for each in client.seconds[first:]
    )
    p99 = taken[int(len(taken) * 0.99)]
    counts = ", ".join(f"{status}: {count}" for status, count in sorted(answers.items()))
    rate = f"{len(taken) / seconds:.0f} a second, p99 {p99:.2f} s, load {os.getloadavg()[0]:.1f}"
    print(f"{title}: {rate}; {counts}", flush=True)


def work(client: Client, origins: list[str], until: float, part: int) -> None:
    """Read pages, now and then send a request or check out, again with the same key until it is answered."""
    choose = random.Random(f"{client.email} {part}")
    with httpx.Client(timeout=20, trust_env=False, headers={"Cookie": client.cookie}) as http:
        while time.monotonic() < until:
            chance = choose.random()
            if client.can_ask and chance < 0.06 and len(client.promised) < MAX_REQUESTS[part]:
                mark = f"bench-{uuid.uuid4().hex}"
                body = {"kind": "appeal", "text": f"Проверка {mark}"}
                answer = promise(client, http, origins, client.path("requests"), body, mark)
                client.promised[mark] = str(answer["number"])
            elif client.is_payer and part == 2 and chance > 0.98:
                check_out(client, http, origins)
            else:
                call(client, http, "GET", choose.choice(origins) + client.path(choose.choice(PAGES)))


def promise(
    client: Client, http: httpx.Client, origins: list[str], path: str, body: object, key: str
) -> dict[str, Any]:
    """Ask until it is promised: a lost answer, a dead process and a busy one change nothing."""
    for attempt in range(200):
        answer = call(client, http, "POST", origins[attempt % len(origins)] + path, body, key)
        if answer is not None and answer.status_code == 201:
            client.repeats += attempt
            return dict(answer.json())
        if answer is not None and answer.status_code < 500 and answer.json()["code"] not in _BEING_DONE:
            client.answers["refused for good"] += 1
            print(f"{path} was refused: {answer.text}", flush=True)
            return {"number": "none", "count": 0}
        time.sleep(0.1)
    raise SystemExit(f"{path} was never answered")


def call(
    client: Client, http: httpx.Client, method: str, url: str, body: object = None, key: str = ""
) -> httpx.Response | None:
    """Call once; None when the connection broke."""
    headers = {"X-Requested-With": "cabinet"} | ({"Idempotency-Key": key} if key else {})
    started = time.monotonic()
    try:
        answer = http.request(method, url, json=body, headers=headers)
    except httpx.TransportError as error:
        client.answers[type(error).__name__] += 1
        return None
    client.seconds.append(time.monotonic() - started)
    client.answers[str(answer.status_code)] += 1
    return answer


def pause(group: Group, until: float) -> None:
    """Let a whole group sleep for nearly as long as the part takes, and wake it."""
    group.signal(signal.SIGSTOP)
    time.sleep(max(0.0, until - time.monotonic() - 1))
    group.signal(signal.SIGCONT)


def kill(groups: list[Group], front: Group, until: float, killed: Counter[str]) -> None:
    """Kill one process after another; but the front's HTTP process, which holds the simulators."""
    choose = random.Random(1)
    while time.monotonic() < until - 3:
        victims = [pid for group in groups for pid in group.processes()] + front.processes()[-1:]
        pid = choose.choice(victims)
        kind = "front's background" if pid in front.processes() else "others"
        os.kill(pid, signal.SIGKILL)
        killed[kind] += 1
        time.sleep(choose.uniform(1.5, 3.5))


def check_out(client: Client, http: httpx.Client, origins: list[str]) -> None:
    """Order all that is due on an account that nobody else pays, whatever dies meanwhile."""
    cart = promise(client, http, origins, "/api/cart/receipts", {"with_preliminary": False}, "")
    if cart["count"]:
        key = uuid.uuid4().hex
        client.order = promise(client, http, origins, "/api/cart/checkout", {"method": "card"}, key)
    client.is_payer = False


def pay(origin: str, client: Client) -> None:
    """Pay the order at the bank, which calls back."""
    if client.order:
        url = {"payment_url": client.order["payment_url"]}
        httpx.post(f"{origin}/local/bank/pay", json=url, timeout=60, trust_env=False)


def judge(origin: str, clients: list[Client], logs: list[Path]) -> int:
    """Compare what was promised with what is there; print it; return the exit code."""
    promised = {mark: number for client in clients for mark, number in client.promised.items()}
    found: Counter[str] = Counter()
    wrong = 0
    for client in (each for each in clients if each.can_ask):  # each sees their own
        for item in all_items(origin, client, "requests"):
            mark = next((each for each in promised if each in item["text"]), None)
            if mark:
                found[mark] += 1
                wrong += str(item["number"]) != promised[mark]
            elif "bench-" in item["text"]:
                wrong += 1
    emails = wait_for_emails(origin, promised)
    orders = [paid(origin, client) for client in clients if client.order]
    due, given_up, lost = schedules(logs)
    lost_requests = len(promised) - len(found)
    doubled = sum(count > 1 for count in found.values())
    repeats = sum(client.repeats for client in clients)
    twice = sum(count > 1 for count in emails.values())
    once = sum(each == 1 for each in orders)
    repeated = sum(count > 1 for count in due.values())
    print(f"requests: {len(promised)} promised, {lost_requests} lost, {doubled} doubled, {wrong} wrong")
    print(f"{repeats} times a request was sent again, because its answer was lost or late")
    print(f"emails: {len(emails)} of {len(promised)} sent, {twice} more than once")
    print(f"orders: {len(orders)} paid for, {once} posted once")
    print(f"schedules: {len(due)} moments done, {repeated} twice, {given_up} given up, {lost} leases lost")
    is_held = not (lost_requests or doubled or wrong or repeated or given_up)
    is_held &= once == len(orders) and len(emails) == len(promised)
    print("held" if is_held else "NOT HELD")
    return 0 if is_held else 1


def all_items(origin: str, client: Client, page: str) -> list[dict[str, Any]]:
    """Return all items of a list."""
    items: list[dict[str, Any]] = []
    cursor = ""
    with httpx.Client(timeout=30, trust_env=False, headers={"Cookie": client.cookie}) as http:
        while True:
            query = {"cursor": cursor} if cursor else {}
            answer = http.get(origin + client.path(page), params=query)
            if not answer.is_success:
                raise CommandError(f"{page}: {answer.text}")
            items += answer.json()["items"]
            cursor = answer.json().get("next") or ""
            if not cursor:
                return items


def wait_for_emails(origin: str, promised: dict[str, str], seconds: float = 150) -> Counter[str]:
    """Return how many e-mails were sent about each request, when all have come or the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        mails = httpx.get(f"{origin}/local/mail", timeout=120, trust_env=False).json()["items"]
        texts = [mail["text"] or "" for mail in mails]
        emails: Counter[str] = Counter()
        for text in texts:
            emails.update(mark for mark in promised if mark in text)
        if len(emails) == len(promised) or time.monotonic() > deadline:
            return emails
        time.sleep(5)


def paid(origin: str, client: Client) -> int:
    """Return how many payments of the order's sum the account shows, when the order is paid."""
    deadline = time.monotonic() + 90
    with httpx.Client(timeout=30, trust_env=False, headers={"Cookie": client.cookie}) as http:
        while time.monotonic() < deadline:
            order = http.get(f"{origin}/api/orders/{client.order['order_id']}").json()
            if order["status"] == "paid":
                shown = http.get(origin + client.path("summary")).json()["unaccounted_payments"]
                total = sum(abs(each["amount"]) for each in shown)
                return round(int(total) / int(client.order["amount"]))
            time.sleep(1)
    return 0


def schedules(logs: list[Path]) -> tuple[Counter[tuple[str, str]], int, int]:
    """Return how often each due moment was done, and how many were given up or taken over."""
    done: Counter[tuple[str, str]] = Counter()
    given_up = lost = 0
    for log in logs:
        for text in log.read_text("utf-8").splitlines():
            line = json.loads(text) if text.startswith('{"level"') else {}
            if line.get("message") == "schedule_done":
                done[line["schedule"], line["due"]] += 1
            given_up += line.get("message") == "schedule_given_up"
            lost += line.get("message") == "schedule_lease_lost"
    return done, given_up, lost


if __name__ == "__main__":
    raise SystemExit(main())
