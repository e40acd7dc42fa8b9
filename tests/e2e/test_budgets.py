"""Limits hold on real sockets: money is set aside before the upstream hears of a request, and settled on every exit."""
import concurrent.futures
import datetime
import decimal
import time

import pytest

from fake_upstream import FakeUpstream, Raw, Status, Stream, chunks, completion, wait_until
from gateway import Gateway, chat, deployment
from test_disconnect import connect, leave

USD = decimal.Decimal
# One cent for a token of output, nothing worth counting for input: sums are easy to read.
PRICES = {"input_cost_per_token": "0.00000001", "output_cost_per_token": "0.01"}


def priced(name, upstream, **more):
    return deployment(name, upstream.url + "/v1", api_key="sk-upstream", **{**PRICES, **more})


@pytest.fixture(scope="module")
def upstream():
    with FakeUpstream() as fake:
        yield fake


@pytest.fixture(autouse=True)
def fresh(upstream):
    upstream.reset()


@pytest.fixture(scope="module")
def gateway(upstream):
    config = {"model_list": [priced("m", upstream), priced("other", upstream),
                             deployment("unpriced", upstream.url + "/v1", model="openai/nobody-knows-this", api_key="sk-u")]}
    with Gateway(config=config) as running:
        yield running


def answer_of(tokens):
    body = completion("word " * 3)
    body["usage"] = {"prompt_tokens": 1, "completion_tokens": tokens, "total_tokens": tokens + 1}
    return body


def spent(gateway, key):
    return USD(str(gateway.get("/key/info", key).json["info"]["spend"]))


def budget_line(gateway, key):
    return gateway.get("/key/info", key).json["info"]["budgets"][0]


def settled(gateway, key):
    wait_until(lambda: USD(budget_line(gateway, key)["held_usd"]) == 0, 5, "every hold is settled")
    return USD(budget_line(gateway, key)["spent_usd"])


def test_two_hundred_at_once_against_money_for_ten_admit_at_most_ten(gateway, upstream):
    upstream.script(Status(body=answer_of(10), before=3))
    # A request sets ten cents aside and a little for its prompt; ten fit, an eleventh does not.
    key = gateway.create_key("ten", "--budget", "1.0009/day")
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: gateway.post("/v1/chat/completions", chat(max_tokens=10, n=1), key), range(200)))
    good = [a for a in answers if a.status == 200]
    assert 1 <= len(good) <= 10, len(good)
    assert len(upstream.of_model("m")) == len(good)
    refused = [a for a in answers if a.status != 200]
    assert {a.status for a in refused} == {429}
    assert all(a.error["type"] == "budget_exceeded" for a in refused)
    assert settled(gateway, key) <= USD("1.0009")


def test_a_budget_refusal_says_which_level_what_is_left_and_when_it_resets(gateway, upstream):
    upstream.script(Status(body=answer_of(90)))
    key = gateway.create_key("small", "--budget", "1/day")
    assert gateway.post("/v1/chat/completions", chat(max_tokens=90), key).status == 200
    upstream.script(Status(body=answer_of(10)))
    assert gateway.post("/v1/chat/completions", chat(max_tokens=10), key).status == 200
    answer = gateway.post("/v1/chat/completions", chat(max_tokens=50), key)
    assert answer.status == 429
    assert answer.error["type"] == "budget_exceeded"
    assert "key 'small'" in answer.error["message"] and "resets" in answer.error["message"]
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["Retry-After"] is None
    cursor = gateway.post("/cursor/chat/completions", chat(max_tokens=50), key)
    assert cursor.status == 400 and cursor.error["code"] == "budget_exceeded"
    assert gateway.wait_row(answer)["error_code"] == "budget_exceeded"


def test_at_least_98_percent_of_a_budget_can_be_spent_one_request_after_the_other(gateway, upstream):
    upstream.script(lambda request: Status(body=answer_of(min(7, request.json.get("max_tokens", 7)))))
    key = gateway.create_key("sequential", "--budget", "2")
    for _ in range(60):
        if gateway.post("/v1/chat/completions", chat(max_tokens=20), key).status != 200:
            break
    assert USD("1.96") <= settled(gateway, key) <= USD("2")


def test_requests_a_minute_are_refused_with_the_real_seconds_left(gateway):
    key = gateway.create_key("rpm", "--rpm", "2")
    first = gateway.post("/v1/chat/completions", chat(), key)
    assert first.headers["x-ratelimit-remaining-requests"] == "1"
    assert first.headers["x-litellm-key-rpm-limit"] == "2"
    assert gateway.post("/v1/chat/completions", chat(), key).status == 200
    third = gateway.post("/v1/chat/completions", chat(), key)
    assert third.status == 429 and third.headers["rate_limit_type"] == "requests"
    assert 1 <= int(third.headers["Retry-After"]) <= 60
    assert third.headers["x-should-retry"] == "true"
    resets = datetime.datetime.strptime(third.headers["reset_at"], "%Y-%m-%d %H:%M:%S UTC")
    assert third.error["message"] == f"key 'rpm' is limited to 2 requests a minute, 0 left, resets {resets} UTC"
    assert gateway.post("/cursor/chat/completions", chat(), key).status == 429


def test_a_good_answer_says_what_is_left_of_every_minute_under_litellms_names(gateway, upstream):
    upstream.script(Status(body=answer_of(10)))
    gateway.cli("user", "create", "--name", "rated-user", "--rpm", "5")
    gateway.cli("team", "create", "--name", "rated-team", "--tpm", "7000")
    key = gateway.create_key("rated", "--user", "rated-user", "--team", "rated-team", "--rpm", "9", "--tpm", "900",
                             "--model-rpm", "m=4", "--model-tpm", "m=800")
    answer = gateway.post("/v1/chat/completions", chat(max_tokens=20), key)
    said = {name: value for name, value in answer.headers.items() if name.startswith("x-ratelimit-") or "remaining" in name}
    for name, left in {"x-ratelimit-": "8", "x-ratelimit-api_key-": "8", "x-ratelimit-user-": "4", "x-ratelimit-model_per_key-": "3"}.items():
        assert said[f"{name}remaining-requests"] == left, said
    assert said["x-litellm-key-remaining-requests-m"] == "3"
    limits = {"": "900", "api_key-": "900", "team-": "7000", "model_per_key-": "800"}
    for name, limit in limits.items():
        assert said[f"x-ratelimit-{name}limit-tokens"] == limit, said
        assert int(limit) - 200 < int(said[f"x-ratelimit-{name}remaining-tokens"]) < int(limit)
    assert said["x-ratelimit-reset-requests"] in ("60s", "59s") and "x-ratelimit-user-limit-tokens" not in said


def test_tokens_a_minute_count_what_was_really_used(gateway, upstream):
    upstream.script(Status(body=answer_of(500)))
    key = gateway.create_key("tpm", "--tpm", "400")
    assert gateway.post("/v1/chat/completions", chat(), key).status == 200
    wait_until(lambda: gateway.post("/v1/chat/completions", chat(), key).status == 429, 5, "the used tokens count")


def test_parallel_requests_are_limited_and_the_place_is_given_back(gateway, upstream):
    upstream.script(Status(body=answer_of(1), before=1.5), times=1)
    key = gateway.create_key("parallel", "--parallel", "1")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        slow = pool.submit(gateway.post, "/v1/chat/completions", chat(), key)
        upstream.wait_for(1)
        assert gateway.post("/v1/chat/completions", chat(), key).status == 429
        assert slow.result().status == 200
    assert gateway.post("/v1/chat/completions", chat(), key).status == 200


def test_a_budget_for_one_model_leaves_the_others_alone(gateway, upstream):
    upstream.script(Status(body=answer_of(10)))
    key = gateway.create_key("model-budget", "--model-budget", "m=0.1/day")
    assert gateway.post("/v1/chat/completions", chat(max_tokens=9), key).status == 200
    refused = gateway.post("/v1/chat/completions", chat(max_tokens=9), key)
    assert refused.status == 429 and "for model 'm'" in refused.error["message"]
    assert gateway.post("/v1/chat/completions", chat(model="other", max_tokens=9), key).status == 200


@pytest.mark.parametrize("level", ["user", "team"])
def test_the_budget_of_an_owner_for_one_model_bounds_all_its_keys(gateway, upstream, level):
    upstream.script(Status(body=answer_of(10)))
    owner = f"{level}-and-model"
    gateway.cli(level, "create", "--name", owner, "--model-budget", "m=0.1/day")
    keys = [gateway.create_key(f"{owner}-{i}", f"--{level}", owner) for i in range(2)]
    assert gateway.post("/v1/chat/completions", chat(max_tokens=9), keys[0]).status == 200
    key_of_nobody = gateway.create_key(f"{owner}-beside")
    wait_until(lambda: USD(model_line(gateway, level, owner)["held_usd"]) == 0, 5, "the hold is settled")
    before = model_line(gateway, level, owner)
    refused = gateway.post("/v1/chat/completions", chat(max_tokens=9), keys[1])
    assert refused.status == 429 and refused.error["type"] == "budget_exceeded"
    resets = datetime.datetime.fromisoformat(before["resets_at"])
    assert refused.error["message"].startswith(
        f"budget of {level} '{owner}' for model 'm' is used up: $0.00 of $0.10 left, "
        f"resets {resets:%Y-%m-%d %H:%M} UTC"), refused.error
    assert refused.headers["x-should-retry"] == "false" and refused.headers["Retry-After"] is None
    cursor = gateway.post("/cursor/chat/completions", chat(max_tokens=9), keys[1])
    assert cursor.status == 400 and f"{level} '{owner}' for model 'm'" in cursor.error["message"]
    assert gateway.post("/v1/chat/completions", chat(model="other", max_tokens=9), keys[1]).status == 200
    assert gateway.post("/v1/chat/completions", chat(max_tokens=9), key_of_nobody).status == 200
    assert model_line(gateway, level, owner)["spent_usd"] == before["spent_usd"]
    assert gateway.cli_json("store", "check")["problems"] == []


def model_line(gateway, level, owner):
    lines = gateway.cli_json("budget", "show", f"--{level}", owner)["items"]
    return next(line for line in lines if line["model"] == "m")


def test_a_stream_that_outruns_the_money_ends_in_form_with_reason_length(gateway, upstream):
    words = chunks("word " * 400, usage=False)
    upstream.script(Stream(words, gap=0.01))
    key = gateway.create_key("outrun", "--budget", "3")
    answer = gateway.post("/v1/chat/completions", chat(stream=True, stream_options={"include_usage": True}), key)
    assert answer.status == 200 and not answer.cut
    events = answer.events
    assert events[-1] == "[DONE]"
    assert events[-2]["usage"]["completion_tokens"] > 0 and events[-2]["id"] == "chatcmpl-fake"
    assert [e for e in events[:-1] if e["choices"]][-1]["choices"][0]["finish_reason"] == "length"
    assert len(answer.stream_text) < len("word " * 400)
    row = gateway.wait_row(answer)
    assert row["error_code"] == "budget_exceeded" and row["finish_reason"] == "length"
    # What arrived with the last piece may be beyond it; nothing after that.
    assert settled(gateway, key) <= USD("3.2")
    assert upstream.requests[-1].closed is not None


def test_a_client_that_leaves_in_mid_stream_pays_for_what_it_got(gateway, upstream):
    upstream.script(Stream(chunks("word " * 50)[:20], hang=True))
    key = gateway.create_key("leaver", "--budget", "5")
    client = connect(gateway, key, chat(stream=True))
    received = b""
    while received.count(b"word") < 15:
        received += client.recv(65536)
    leave(client, "close")
    assert USD("0.05") < settled(gateway, key) < USD("1")
    wait_until(lambda: gateway.rows("--key", "leaver"), 5, "the row of the client that left")
    assert gateway.rows("--key", "leaver")[-1]["usage"]["estimated"] is True


def test_what_an_upstream_refuses_costs_nothing(gateway, upstream):
    upstream.script(Status(400, {"error": {"message": "no", "type": "invalid_request_error"}}))
    key = gateway.create_key("refused", "--budget", "1")
    assert gateway.post("/v1/chat/completions", chat(), key).status == 400
    assert settled(gateway, key) == 0


def test_a_key_with_a_budget_may_not_use_a_model_without_a_price(gateway, upstream):
    limited = gateway.create_key("limited", "--budget", "1")
    refused = gateway.post("/v1/chat/completions", chat(model="unpriced"), limited)
    assert refused.status in (400, 403) and "has no price" in refused.error["message"]
    assert upstream.requests == []
    free = gateway.create_key("unlimited")
    assert gateway.post("/v1/chat/completions", chat(model="unpriced"), free).status == 200
    assert "has no price" in gateway.log_text()


@pytest.mark.parametrize("member, value", [("n", -1), ("n", 10**6), ("max_tokens", -5), ("max_tokens", 10**15),
                                           ("max_completion_tokens", 0)])
def test_limits_that_no_request_can_mean_are_refused_with_their_name(gateway, upstream, member, value):
    key = gateway.create_key(f"{member}{value}")
    answer = gateway.post("/v1/chat/completions", chat(**{member: value}), key)
    assert answer.status == 400 and answer.error["param"] == member
    assert upstream.requests == []


def test_a_key_learns_its_own_budget_and_nothing_of_others(gateway, upstream):
    upstream.script(Status(body=answer_of(10)))
    key = gateway.create_key("curious", "--budget", "10/month", "--rpm", "9")
    gateway.post("/v1/chat/completions", chat(max_tokens=10), key)
    settled(gateway, key)
    info = gateway.get("/key/info", key).json["info"]
    assert info["max_budget"] == 10 and info["rpm_limit"] == 9 and info["key_alias"] == "curious"
    line = info["budgets"][0]
    assert USD(line["spent_usd"]) + USD(line["left_usd"]) == 10
    assert line["resets_at"].endswith("-01T00:00:00Z")
    assert gateway.get("/key/info?key=sk-somebody-elses-key", key).json["key"] == gateway.get("/key/info", key).json["key"]


def test_under_refuse_the_answer_is_clamped_to_what_the_rest_pays_for(upstream):
    upstream.script(lambda request: Status(body=answer_of(min(10, request.json["max_tokens"]))))
    config = {"model_list": [priced("m", upstream)], "limits": {"overrun": "refuse"}}
    with Gateway(config=config) as gateway:
        key = gateway.create_key("clamped", "--budget", "1")
        answer = gateway.post("/v1/chat/completions", chat(max_tokens=5000), key)
        assert answer.status == 200
        assert upstream.requests[-1].json["max_tokens"] <= 100
        assert answer.headers["x-litegw-clamped-max-tokens"] == str(upstream.requests[-1].json["max_tokens"])


@pytest.mark.parametrize("journal", ["group", "strict"])
def test_holds_of_a_killed_daemon_become_charges_at_the_next_start(upstream, journal):
    upstream.script(Raw(["hang"]))
    gateway = Gateway(config={"model_list": [priced("m", upstream)], "limits": {"journal": journal}})
    try:
        key = gateway.create_key("crash", "--budget", "5")
        client = connect(gateway, key, chat(max_tokens=100))
        upstream.wait_for(1)
        time.sleep(0.5)
        gateway.kill()
        client.close()
        gateway.start()
        line = budget_line(gateway, key)
        assert USD("1") <= USD(line["spent_usd"]) < USD("1.01") and USD(line["held_usd"]) == 0
        row = gateway.wait_rows(1)[0]
        assert row["unsettled"] is True and USD(row["cost_usd"]) == USD(line["spent_usd"])
    finally:
        gateway.close()


def test_a_charge_of_a_crash_is_listed_and_released_once(upstream):
    upstream.script(Raw(["hang"]))
    gateway = Gateway(config={"model_list": [priced("m", upstream)]})
    try:
        gateway.cli("user", "create", "--name", "ada", "--budget", "9/month")
        key = gateway.create_key("crash", "--budget", "1.5", "--model-budget", "m=1.4/day", "--user", "ada")
        client = connect(gateway, key, chat(max_tokens=100))
        upstream.wait_for(1)
        time.sleep(0.5)
        under_way = gateway.cli_json("budget", "show")["holds"][0]["request_id"]
        early = gateway.cli("budget", "release", under_way, "--yes", check=False)
        assert early.returncode == 6 and "under way" in early.stderr
        gateway.kill()
        client.close()
        gateway.start()
        report = gateway.cli_json("budget", "show", "--key", "crash")
        [line] = report["unsettled"]
        assert line["request_id"] == under_way and line["key_name"] == "crash" and line["user"] == "ada" and line["model"] == "m"
        charged = USD(line["amount_usd"])
        assert USD(1) <= charged < USD("1.01") and line["charged_at"]
        assert [USD(item["spent_usd"]) for item in report["items"]] == [charged] * 3
        # What is charged is in the way of the next request.
        upstream.script(Status(body=answer_of(10)))
        answer = gateway.post("/v1/chat/completions", chat(max_tokens=100), key)
        assert answer.status == 200  # a shorter one than was asked for
        row = gateway.wait_row(answer)
        served, cost = row["id"], USD(row["cost_usd"])
        assert upstream.requests[-1].json["max_tokens"] < 100

        would = gateway.cli("budget", "release", under_way, "--dry-run")
        assert "Would release" in would.stderr and "user ada" in would.stderr
        unasked = gateway.cli("budget", "release", under_way, check=False)
        assert unasked.returncode == 2 and "--yes" in unasked.stderr
        assert USD(budget_line(gateway, key)["spent_usd"]) == charged + cost
        done = gateway.cli_json("budget", "release", under_way, "--yes")
        # The three budgets, and what the user has spent in all.
        assert len(done["from"]) == 4 and {USD(one["amount_usd"]) for one in done["from"]} == {charged}
        after = gateway.cli_json("budget", "show", "--key", "crash")
        assert after["unsettled"] == [] and [USD(item["spent_usd"]) for item in after["items"]] == [cost] * 3
        total = gateway.cli_json("spend", "report")["total"]
        assert USD(total["cost_usd"]) == cost and total["unsettled"] == 0 and total["requests"] == 2

        again = gateway.cli("budget", "release", under_way, "--yes", check=False)
        assert again.returncode == 6 and "released already" in again.stderr
        unknown = gateway.cli("budget", "release", "req_nobody", "--yes", check=False)
        assert unknown.returncode == 5 and "no request 'req_nobody'" in unknown.stderr
        ordinary = gateway.cli("budget", "release", served, "--yes", check=False)
        assert ordinary.returncode == 6 and "was settled" in ordinary.stderr
        entry = gateway.cli_json("audit", "list", "--target", "crash")["items"][-1]
        assert entry["action"] == "budget release" and entry["actor"].startswith("uid ")
        assert entry["change"]["before"]["request"] == under_way
        assert len(entry["change"]["before"]["counters"]) == len(entry["change"]["after"]["counters"]) == 4
        assert gateway.cli_json("store", "check")["problems"] == []

        # A dollar is there again, for a request that sets all of it aside; also after one more crash.
        gateway.kill()
        gateway.start()
        assert USD(budget_line(gateway, key)["spent_usd"]) == cost
        upstream.script(Status(body=answer_of(100)))
        assert gateway.post("/v1/chat/completions", chat(max_tokens=100), key).status == 200
        assert settled(gateway, key) >= USD(1) + cost
        assert gateway.cli("budget", "release", under_way, "--yes", check=False).returncode == 6
    finally:
        gateway.close()


def test_spend_survives_a_restart(upstream):
    upstream.script(Status(body=answer_of(10)))
    gateway = Gateway(config={"model_list": [priced("m", upstream)]})
    try:
        key = gateway.create_key("kept", "--budget", "5")
        gateway.post("/v1/chat/completions", chat(max_tokens=10), key)
        before = settled(gateway, key)
        assert gateway.terminate() == 0
        gateway.start()
        assert settled(gateway, key) == before > 0
    finally:
        gateway.close()


def test_drained_after_the_client_left_the_provider_s_own_usage_counts(upstream):
    upstream.script(Stream(chunks("word " * 40), gap=0.02))
    config = {"model_list": [priced("m", upstream)], "limits": {"on_disconnect": "drain"}}
    with Gateway(config=config) as gateway:
        key = gateway.create_key("drained", "--budget", "5")
        client = connect(gateway, key, chat(stream=True))
        received = b""
        while received.count(b"word") < 5:
            received += client.recv(65536)
        leave(client, "close")
        wait_until(lambda: gateway.rows("--key", "drained"), 10, "the row of the client that left")
        row = gateway.rows("--key", "drained")[-1]
        assert row["usage"]["reported"] is True and row["tokens_out"] == 5
        assert row["outcome"] == "client_closed"
        assert upstream.requests[-1].finished is not None


def test_a_client_that_leaves_before_the_first_byte_pays_for_its_prompt(gateway, upstream):
    upstream.script(Raw(["hang"]))
    key = gateway.create_key("early", "--budget", "5")
    client = connect(gateway, key, chat(stream=True))
    upstream.wait_for(1)
    leave(client, "close")
    wait_until(lambda: gateway.rows("--key", "early"), 10, "the row of the client that left")
    usage = gateway.rows("--key", "early")[-1]["usage"]
    assert usage["estimated"] is True and usage["input"] > 0 and usage["output"] == 0


def leaves_a_thinker(upstream, answer, **model_info):
    """A client reads one word of a model that thinks out of sight, and goes; the row, and whether the answer was read on."""
    upstream.script(answer)
    thinker = priced("thinker", upstream, model="openai/o3")
    thinker["model_info"] = model_info
    with Gateway(config={"model_list": [thinker]}) as gateway:
        key = gateway.create_key("thinker", "--budget", "900")
        client = connect(gateway, key, chat("thinker", stream=True, max_tokens=700))
        received = b""
        while b"word" not in received:
            received += client.recv(65536)
        leave(client, "close")
        wait_until(lambda: gateway.rows("--key", "thinker"), 10, "the row of the client that left")
        row = gateway.rows("--key", "thinker")[-1]
        assert row["outcome"] == "client_closed"
        assert settled(gateway, key) == USD(row["cost_usd"])
        return row, gateway.cli("log", "show", row["id"]).stdout


def test_a_model_with_hidden_reasoning_is_read_to_its_usage_when_the_client_left(upstream):
    row, _ = leaves_a_thinker(upstream, Stream(chunks("word " * 40), gap=0.02))
    assert row["usage"]["reported"] is True and row["tokens_out"] == 5
    assert upstream.requests[-1].finished is not None


def test_hidden_reasoning_without_usage_is_charged_what_was_set_aside(upstream):
    row, shown = leaves_a_thinker(upstream, Stream(chunks("word " * 9, usage=False), gap=0.02))
    assert row["usage"]["estimated"] is True
    assert USD(row["cost_usd"]) == USD(row["held_usd"]) >= 7, row
    assert "what was set aside" in shown, shown


def test_an_operator_says_that_a_model_shows_all_it_writes(upstream):
    row, _ = leaves_a_thinker(upstream, Stream(chunks("word " * 9, usage=False), hang=True), hidden_reasoning=False)
    assert row["usage"]["estimated"] is True and USD(row["cost_usd"]) < 1


def test_a_price_that_changes_meanwhile_is_the_price_of_the_next_request(upstream):
    upstream.script(Status(body=answer_of(10), before=1.5), times=1)
    with Gateway(config={"model_list": [priced("m", upstream)]}) as gateway, concurrent.futures.ThreadPoolExecutor(1) as pool:
        key = gateway.create_key("frozen", "--budget", "90")
        slow = pool.submit(gateway.post, "/v1/chat/completions", chat(max_tokens=10), key)
        upstream.wait_for(1)
        gateway.config["model_list"] = [priced("m", upstream, output_cost_per_token="0.5")]
        gateway.write_config()
        gateway.cli("reload")
        upstream.script(Status(body=answer_of(10)))
        dearer = gateway.post("/v1/chat/completions", chat(max_tokens=10), key)
        assert USD(slow.result().headers["x-litellm-response-cost"]) == USD("0.10000001")
        assert USD(dearer.headers["x-litellm-response-cost"]) == USD("5.00000001")
        assert settled(gateway, key) == USD("5.10000002")
