"""kill -9 under 1,000 requests a second: what was acknowledged is there, and no charge is missing beyond the bound of
docs/budgets.md. LITEGW_TEST_LENGTH=long kills a thousand times; LITEGW_TEST_KILLS says how often else."""
import decimal
import http.client
import json
import os
import random
import socket
import threading
import time

from fake_upstream import FakeUpstream, Status, completion
from gateway import Gateway, chat, deployment
from steady_traffic import SteadyTraffic

KILLS = {"quick": 2, "gate": 10, "long": 1000}
JOURNAL_LAG = 0.25  # seconds; the default of limits.journal_lag
USD = decimal.Decimal
PRICES = {"input_cost_per_token": "0.000001", "output_cost_per_token": "0.0001"}
BODY = chat("mock", "four words are here", max_tokens=64)


class Control(http.client.HTTPConnection):
    """The control socket without the start of a program: more changes between two kills."""

    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self.path)

    def ask(self, method, path, body=None):
        """(status, answer); raises when the daemon dies meanwhile."""
        self.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        response = self.getresponse()
        return response.status, json.loads(response.read())


class Admin(threading.Thread):
    """Makes, blocks and changes keys until the daemon is gone, and remembers what was acknowledged."""

    def __init__(self, gateway, round_number):
        super().__init__()
        self.gateway, self.round = gateway, round_number
        self.made, self.blocked, self.rpm = [], set(), 0

    def run(self):
        control = Control(self.gateway.socket)
        try:
            for number in range(1, 1_000_000):
                name = f"k{self.round}-{number}"
                assert control.ask("POST", "/v1/keys", {"name": name})[0] == 201
                self.made.append(name)
                if number % 2 == 0:
                    assert control.ask("POST", f"/v1/keys/{name}/block", {"now": False})[0] == 200
                    self.blocked.add(name)
                rpm = self.round * 1_000_000 + number
                assert control.ask("PATCH", "/v1/keys/changed", {"rpm": rpm})[0] == 200
                self.rpm = rpm
        except (OSError, http.client.HTTPException, ValueError):
            pass  # the daemon dies under us: that is the point


class SlowRequests:
    """Requests under way when the kill comes: their holds are on disk."""

    def __init__(self, gateway, key):
        self.gateway, self.key = gateway, key
        self.threads = [threading.Thread(target=self._one_after_the_other) for _ in range(4)]

    def _one_after_the_other(self):
        try:
            while self.gateway.post("/v1/chat/completions", chat("slow", max_tokens=9), self.key).status == 200:
                pass
        except (OSError, http.client.HTTPException):
            pass

    def start(self):
        for thread in self.threads:
            thread.start()

    def join(self):
        for thread in self.threads:
            thread.join()


class Ledger:
    """What one key has been charged, as the daemon says."""

    def __init__(self, gateway, name):
        self.gateway, self.name, self.before = gateway, name, USD(0)

    def spent(self):
        lines = self.gateway.cli_json("budget", "show", "--key", self.name)["items"]
        amounts = {USD(line["spent_usd"]) for line in lines}
        assert len(lines) >= 4 and len(amounts) == 1, f"levels and windows have seen other charges: {lines}"
        return amounts.pop()

    def charged(self):
        """Since it was asked last."""
        now = self.spent()
        gone, self.before = now - self.before, now
        return gone


def test_nothing_acknowledged_is_lost_and_no_charge_beyond_the_bound(length):
    upstream = FakeUpstream()
    upstream.script(Status(body=completion("word"), before=0.4))
    models = [{"model_name": "mock", "litellm_params": {"model": "mock/mock", **PRICES}},
              deployment("slow", upstream.url + "/v1", api_key="sk-upstream", **PRICES)]
    with upstream, Gateway(config={"model_list": models}) as gateway:
        run = Run(gateway, upstream)
        kills = int(os.environ.get("LITEGW_TEST_KILLS") or KILLS[length])
        for round_number in range(kills):
            run.round(round_number)
        run.check_all()
        print(f"{kills} kills, {run.sent / run.seconds:.0f} requests/s, {run.changes} acknowledged changes looked for, "
              f"{run.answers} answers, {run.lost} without a charge (the oldest {run.oldest_lost * 1000:.0f} ms before the "
              f"kill), {run.slow} slow requests, {len(run.unsettled)} of them charged at their hold")
        assert run.answers > 20 * kills and run.changes > kills, "next to nothing was under way"
        assert run.unsettled or kills < 10, "no hold was on disk when a kill came"


class Run:
    def __init__(self, gateway, upstream):
        self.gateway, self.upstream = gateway, upstream
        self.random = random.Random()
        gateway.cli("user", "create", "--name", "u", "--budget", "90000/month")
        gateway.cli("team", "create", "--name", "t", "--budget", "90000/30d")
        flags = ("--user", "u", "--team", "t", "--budget", "90000", "--model-budget")
        self.keys = {"load": gateway.create_key("load", *flags, "mock=90000/month")}
        gateway.cli("user", "create", "--name", "u2", "--budget", "90000/month")
        flags = ("--user", "u2", "--budget", "90000", "--budget", "90000/month", "--model-budget")
        self.keys["slow"] = gateway.create_key("slow", *flags, "slow=90000/month")
        gateway.create_key("changed")
        first = gateway.post("/v1/chat/completions", BODY, self.keys["load"])
        assert first.status == 200, first.text
        row = gateway.wait_row(first)
        self.cost, self.held = USD(row["cost_usd"]), USD(row["held_usd"])
        assert self.cost > 0 and self.held >= self.cost, row
        self.load, self.slow_ledger = Ledger(gateway, "load"), Ledger(gateway, "slow")
        assert self.load.charged() == self.cost
        self.known, self.blocked = set(), set()
        self.unsettled = set()
        self.sent = self.seconds = self.changes = self.answers = self.lost = self.slow = 0
        self.oldest_lost = 0.0

    def round(self, number):
        gateway = self.gateway
        self.kills = number + 1
        self.upstream.requests.clear()
        admin, slow = Admin(gateway, number), SlowRequests(gateway, self.keys["slow"])
        with SteadyTraffic(gateway.port, self.keys["load"], BODY, rate=1000) as traffic:
            admin.start()
            slow.start()
            time.sleep(self.random.uniform(0.05, 1.2))
            killed = time.monotonic()
            gateway.kill()
        admin.join()
        slow.join()
        gateway.start()
        self.check_store()
        self.check_changes(admin)
        self.check_load(traffic, killed)
        self.check_slow(traffic.last_admission)

    def check_store(self):
        found = self.gateway.cli_json("store", "check")
        assert found["problems"] == [], found

    def check_changes(self, admin):
        control = Control(self.gateway.socket)
        for name in admin.made:
            status, key = control.ask("GET", f"/v1/keys/{name}")
            assert status == 200, f"acknowledged key lost: {name}"
            assert key["state"] == "blocked" or name not in admin.blocked, f"acknowledged block lost: {name}"
        assert (control.ask("GET", "/v1/keys/changed")[1]["rpm"] or 0) >= admin.rpm, "acknowledged limit lost"
        self.known.update(admin.made)
        self.blocked.update(admin.blocked)
        self.changes += len(admin.made) + len(admin.blocked) + (admin.rpm > 0)

    def check_load(self, traffic, killed):
        assert not traffic.others, traffic.others
        assert all(cost == self.cost for _, cost in traffic.answers)
        charged = self.load.charged()
        answered = len(traffic.answers) * self.cost
        # Not before the kill: while the disk stalls nothing is admitted, and what waits for it gets older.
        due = sum(self.cost for at, _ in traffic.answers if at < traffic.last_admission - JOURNAL_LAG)
        assert charged >= due, f"kill {self.kills}: {due} was answered {JOURNAL_LAG} s before the last admission, {charged} charged"
        assert charged <= answered + (traffic.sent - len(traffic.answers)) * self.held, f"{charged} of {traffic.sent} requests"
        lost = max(0, int((answered - charged) / self.cost))
        if lost:
            self.oldest_lost = max(self.oldest_lost, killed - sorted(at for at, _ in traffic.answers)[-lost])
        self.lost += lost
        self.answers += len(traffic.answers)
        self.sent += traffic.sent
        self.seconds += traffic.seconds

    def check_slow(self, last_admission):
        """What the upstream has seen is charged: its cost, or its hold when the daemon died under it."""
        arrived = [request.arrived for request in self.upstream.requests]
        rows = self.gateway.rows("-n", "20", "--key", "slow", "--since", "20s")
        self.unsettled.update(row["id"] for row in rows if row["unsettled"])
        charged = self.slow_ledger.charged()
        cost = 9 * USD("0.000001") + 5 * USD("0.0001")
        due = sum(1 for at in arrived if at < last_admission - JOURNAL_LAG)
        assert charged >= due * cost, f"kill {self.kills}: {due} requests upstream {JOURNAL_LAG} s before the last admission, {charged} charged"
        self.slow += len(arrived)

    def check_all(self):
        """Everything that was ever acknowledged, and the rows against the counters."""
        keys = {key["name"]: key["state"] for key in self.gateway.cli_json("key", "list", "--limit", "1000000")["items"]}
        assert self.known <= set(keys)
        assert all(keys[name] == "blocked" for name in self.blocked)
        sums = {"load": USD(0), "slow": USD(0)}
        for line in self.gateway.cli("log", "export", "-o", "jsonl", timeout=600).stdout.splitlines():
            row = json.loads(line)
            sums[row["key_name"]] += USD(row["cost_usd"])
        for name, ledger in (("load", self.load), ("slow", self.slow_ledger)):
            assert ledger.spent() >= sums[name], f"{name}: its rows say {sums[name]}"
