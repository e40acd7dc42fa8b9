"""A clock that is set back a day, or is ten years ahead, gives no budget back: counters belong to their windows.
libfaketime lies to litegwd about the wall clock, not about the steady one, also while it runs."""
import datetime
import decimal
import glob

import pytest

from fake_upstream import FakeUpstream, Status, completion, wait_until
from gateway import Gateway, chat, deployment

LIBRARIES = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
USD = decimal.Decimal
TODAY = datetime.datetime(2026, 3, 10, 12, 30, 0)
YESTERDAY = TODAY - datetime.timedelta(days=1)
TEN_YEARS_AHEAD = TODAY.replace(year=2036)
BEFORE = datetime.timedelta(minutes=30)  # keys are older than all that happens: a 12h window starts with its key

pytestmark = pytest.mark.skipif(not LIBRARIES, reason="no libfaketime: scripts/setup test installs it")


class ClockedGateway(Gateway):
    """`set_clock` works on the running daemon."""

    def __init__(self, folder, **more):
        self.clock = folder / "clock"
        self.set_clock(TODAY - BEFORE)
        faked = {"LD_PRELOAD": LIBRARIES[0], "FAKETIME_TIMESTAMP_FILE": str(self.clock), "FAKETIME_NO_CACHE": "1",
                 "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC", "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
        super().__init__(env=faked, **more)

    def set_clock(self, time):
        """The clock goes on from there; the file is replaced at once, never half written."""
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(f"@{time:%Y-%m-%d %H:%M:%S}\n")
        fresh.rename(self.clock)

    def restart(self, time=None):
        assert self.terminate() == 0, self.log_text()[-2000:]
        if time:
            self.set_clock(time)
        self.start()


@pytest.fixture
def gateway(tmp_path):
    """An answer costs a dollar."""
    with FakeUpstream() as upstream:
        body = completion("word")
        body["usage"] = {"prompt_tokens": 1, "completion_tokens": 100, "total_tokens": 101}
        upstream.script(Status(body=body))
        models = [deployment("m", upstream.url + "/v1", api_key="sk-u", input_cost_per_token="0",
                             output_cost_per_token="0.01")]
        with ClockedGateway(tmp_path, config={"model_list": models}) as running:
            yield running


def spend(gateway, key):
    """Asks until the budget refuses: how many dollars it still gave."""
    for dollars in range(20):
        answer = gateway.post("/v1/chat/completions", chat(max_tokens=100), key)
        if answer.status != 200:
            assert answer.status == 429 and answer.error["type"] == "budget_exceeded", answer.text
            wait_until(lambda: all(USD(b["held_usd"]) == 0 for b in budgets(gateway, key)), 5, "every hold is settled")
            return dollars
    raise AssertionError("a budget without an end")


def budgets(gateway, key):
    return gateway.get("/key/info", key).json["info"]["budgets"]


def healthy(gateway):
    assert gateway.cli_json("store", "check")["problems"] == []
    assert gateway.process.poll() is None


def test_the_clock_of_the_daemon_is_the_one_that_was_set(gateway):
    key = gateway.create_key("k", "--budget", "2/day")
    assert budgets(gateway, key)[0]["resets_at"].startswith("2026-03-11T00:00:00")
    gateway.set_clock(TEN_YEARS_AHEAD)
    assert budgets(gateway, key)[0]["resets_at"].startswith("2036-03-11T00:00:00")


@pytest.mark.parametrize("jump", [ClockedGateway.set_clock, ClockedGateway.restart], ids=["while it runs", "across a restart"])
def test_a_used_budget_comes_back_neither_when_the_clock_goes_back_nor_when_it_returns(gateway, jump):
    jump(gateway, YESTERDAY - BEFORE)
    keys = {window: gateway.create_key(name, "--budget", f"2{window}")
            for name, window in (("day", "/day"), ("half", "/12h"), ("month", "/month"), ("ever", ""))}
    jump(gateway, YESTERDAY)
    assert {window: spend(gateway, key) for window, key in keys.items()} == {"/day": 2, "/12h": 2, "/month": 2, "": 2}
    jump(gateway, TODAY)
    assert {window: spend(gateway, key) for window, key in keys.items()} == {"/day": 2, "/12h": 2, "/month": 0, "": 0}
    for again in (YESTERDAY, TODAY, YESTERDAY, TODAY):
        jump(gateway, again)
        assert [spend(gateway, key) for key in keys.values()] == [0, 0, 0, 0], again
    healthy(gateway)


@pytest.mark.parametrize("jump", [ClockedGateway.set_clock, ClockedGateway.restart], ids=["while it runs", "across a restart"])
def test_a_clock_ten_years_ahead_opens_each_window_once(gateway, jump):
    keys = {"/day": gateway.create_key("day", "--budget", "2/day", "--budget", "9/month"),
            "/12h": gateway.create_key("half", "--budget", "2/12h"),
            "": gateway.create_key("ever", "--budget", "3")}
    assert [spend(gateway, key) for key in keys.values()] == [2, 2, 3]
    jump(gateway, TEN_YEARS_AHEAD)
    assert [spend(gateway, key) for key in keys.values()] == [2, 2, 0]
    for again in (TODAY, TEN_YEARS_AHEAD, TODAY):
        jump(gateway, again)
        assert [spend(gateway, key) for key in keys.values()] == [0, 0, 0], again
    # The hours that were folded ten years ahead take what is spent in them later.
    jump(gateway, TODAY + datetime.timedelta(minutes=5))
    late = gateway.create_key("late", "--budget", "1/day")
    assert spend(gateway, late) == 1
    healthy(gateway)
    gateway.restart()
    assert spend(gateway, late) == 0
    healthy(gateway)


def test_a_day_of_hourly_windows_stays_used_when_the_clock_goes_back_over_restarts(gateway):
    key = gateway.create_key("hourly", "--budget", "1/1h")
    hours = [TODAY + datetime.timedelta(hours=hour) for hour in range(25)]
    for time in hours:
        gateway.set_clock(time)
        assert spend(gateway, key) == 1, time
    # Old counters are folded and dropped after a start.
    for _ in range(2):
        gateway.restart(hours[-1])
        healthy(gateway)
    gateway.restart(hours[0])
    assert [spend(gateway, key) for time in hours if not gateway.set_clock(time)] == [0] * 25
    healthy(gateway)


def test_a_minute_of_requests_is_a_minute_whatever_the_clock_is_set_to(gateway):
    key = gateway.create_key("k", "--rpm", "2")
    ask = lambda: gateway.post("/v1/chat/completions", chat(max_tokens=100), key)
    assert [ask().status for _ in range(3)] == [200, 200, 429]
    for time in (YESTERDAY, TODAY + datetime.timedelta(minutes=5), TEN_YEARS_AHEAD, TODAY):
        gateway.set_clock(time)
        refused = ask()
        assert refused.status == 429, time
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert refused.headers["reset_at"].startswith(f"{time:%Y-%m-%d }"), refused.headers["reset_at"]


def test_reports_tell_the_same_whatever_the_clock_did(gateway):
    key = gateway.create_key("k", "--budget", "50/month")
    days = [TODAY, TEN_YEARS_AHEAD, YESTERDAY, TODAY]
    for time in days:
        gateway.set_clock(time)
        assert gateway.post("/v1/chat/completions", chat(max_tokens=100), key).status == 200
    wait_until(lambda: total(gateway) == 4, 5, "four requests in the report")
    gateway.restart(TODAY)
    assert total(gateway) == 4
    assert sorted(item["by"][0] for item in report(gateway)["items"]) == ["2026-03-09", "2026-03-10", "2036-03-10"]
    healthy(gateway)


def report(gateway):
    return gateway.cli_json("spend", "report", "--by", "day", "--since", "2020-01-01")


def total(gateway):
    return report(gateway)["total"]["requests"]
