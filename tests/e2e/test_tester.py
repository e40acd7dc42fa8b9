"""`litegw test` against sound gateways, its JSON, the silence that litegwd grants it, the key that it makes for itself. Broken set-ups:
test_tester_ways.py and test_tester_answers.py.

Honest hooks only: --allow-private because everything is on loopback, SSL_CERT_FILE for an authority of our own, --silence to
wait 3 s instead of 45 (LITEGW_TEST_LENGTH=long waits the whole time)."""
import datetime
import json
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

import plain_gateway as plain
from fake_upstream import Raw, Status
from gateway import Gateway, program
from nginx import Nginx, proxy
from plain_gateway import broken, is_chat
from tester import MOCK, authority, daemon, fake, is_long, litegw, report  # noqa: F401 (fixtures)

GOLDEN = pathlib.Path(__file__).parent / "golden"


# ---- sound gateways

def test_litegwd_passes_every_check(daemon):
    found = report(daemon.url + "/cursor", "--deep", "--silence", "45s" if is_long() else "3s", key=daemon.key, env=daemon.env)
    assert found.exit == 0, found.failed()
    assert {c["result"] for i, c in found.checks.items() if i not in ("url", "dns")} == {"passed"}, found.json
    assert found.json["paste"]["base_url"] == daemon.url + "/cursor" and found.json["paste"]["model"] == "mock"


def test_litegwd_passes_behind_nginx_with_tls_and_default_settings(daemon, authority):
    certificate, key = authority.issue("127.0.0.1", days=90)
    block = proxy(daemon.url, "proxy_set_header Host $host;", f"ssl; ssl_certificate {certificate}; ssl_certificate_key {key}")
    with Nginx(block, scheme="https") as nginx:
        found = report(nginx.url + "/cursor", key=daemon.key, env={"SSL_CERT_FILE": str(authority.file)})
    assert found.exit == 0, found.failed()
    assert found.checks["tls"]["result"] == "passed" and "valid for" in found.checks["tls"]["detail"]
    assert found.checks["buffering"]["result"] == "passed", "litegwd tells nginx not to buffer"


def test_a_plain_gateway_passes_and_our_promises_are_no_failures(fake):
    fake.script(broken(lambda r: r.method == "OPTIONS", Status(405, {}), lambda r: plain.answer(r, usage=False, gap=0.02)))
    found = report(fake.url + "/v1")
    assert found.exit == 0, found.failed()
    assert found.checks["cors"]["result"] == found.checks["usage"]["result"] == "warning"
    assert found.checks["cors"]["ours_only"] and found.checks["usage"]["ours_only"]
    assert found.checks["buffering"]["result"] == "passed"
    assert found.json["paste"]["api_key"].startswith("sk-...6789")


def test_a_plain_gateway_passes_the_deep_checks_and_no_model_gets_the_large_body(fake):
    found = report(fake.url + "/v1", "--deep")
    assert found.exit == 0, found.failed()
    assert found.checks["silence"]["result"] == "skipped" and found.checks["large_body"]["result"] == "passed"
    assert [r.json["model"] for r in fake.requests if len(r.body) > 1 << 20] == ["litegw-test-no-such-model"]


def normal(text):
    """What differs from run to run."""
    text = re.sub(r'"duration_us": \d+', '"duration_us": 0', text)
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"\d+ events in \d+ pieces, the first after [\d.]+m?s", "N events in N pieces, the first after T", text)
    return re.sub(r"the first after [\d.]+m?s", "the first after T", text)


def test_the_json_is_the_golden_one(daemon):
    found = report(daemon.url + "/cursor", key=daemon.key)
    text = normal(json.dumps(found.json, indent=1).replace(daemon.key[-4:], "KEY4")) + "\n"
    file = GOLDEN / "tester.json"
    if os.environ.get("LITEGW_UPDATE_GOLDEN"):
        file.write_text(text)
    assert text == file.read_text()


# ---- the silence that litegwd grants the tester

DELAY = "x-litegw-test-delay"


def test_the_silence_is_a_stream_with_comments_that_costs_nothing():
    with Gateway(config={**MOCK, "cursor": {"keepalive": "100ms"}}) as gateway:
        key = gateway.create_key()
        body = {"model": "mock", "messages": [], "stream": True}
        answer = gateway.post("/cursor/chat/completions", body, key, headers={DELAY: "450ms"})
        assert answer.status == 200 and answer.headers[DELAY] == "450ms"
        assert 3 <= answer.text.count(": ping\n\n") <= 4
        assert answer.events[0]["choices"][0]["delta"]["role"] == "assistant" and answer.events[-1] == "[DONE]"
        assert gateway.post("/cursor/v1/chat/completions", body, key, headers={DELAY: "1ms"}).status == 200
        [first, _] = gateway.wait_rows(2)
        assert (first["shape"], first["outcome"], first["cost_usd"], first["attempts"]) == ("test", "ok", "0", [])


@pytest.mark.parametrize("delay", ["long", "3m", "", "-1s", "10"])
def test_a_silence_that_is_none_is_refused(daemon, delay):
    answer = daemon.post("/cursor/chat/completions", {}, daemon.key, headers={DELAY: delay})
    assert answer.status == 400 and DELAY in answer.error["message"]
    assert daemon.post("/cursor/chat/completions", {}, headers={DELAY: "1ms"}).status == 401


# ---- the key that it makes for itself

def keys(daemon):
    return [key for key in daemon.cli_json("key", "list")["items"] if key["name"].startswith("litegw-test-")]


def test_without_a_key_one_is_made_and_deleted(daemon):
    found = report(daemon.url + "/cursor", key=None, env=daemon.env)
    assert found.exit == 0, found.failed()
    assert keys(daemon) == []
    assert "litegw cursor setup" in found.json["paste"]["api_key"]


def test_without_a_key_and_a_daemon_it_is_wrong_usage():
    done = litegw("--base-url", "http://127.0.0.1:9/cursor", key=None)
    assert done.returncode == 2 and "LITEGW_API_KEY" in done.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
def test_an_interrupted_run_deletes_its_key(daemon, fake, how):
    fake.script(lambda r: Raw(["hang"]) if is_chat(r) else Status(body={"data": [{"id": "one"}]}))
    env = {k: v for k, v in daemon.env.items() if k != "LITEGW_API_KEY"}
    with subprocess.Popen([program("litegw"), "test", "--base-url", fake.url + "/v1", "--allow-private"], env=env, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        deadline = time.monotonic() + 60
        while not any(is_chat(r) for r in fake.requests) and time.monotonic() < deadline:
            time.sleep(0.02)
        [made] = keys(daemon)
        assert made["budgets"][0]["amount_usd"] == "0.1"
        assert 0 < seconds_between(made["created_at"], made["expires_at"]) <= 601
        run.send_signal(how)
        assert run.wait(20) == 130, run.stderr.read()
    assert keys(daemon) == []


def seconds_between(first, second):
    begin, end = (datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (first, second))
    return (end - begin).total_seconds()


def test_a_model_that_does_not_answer_is_nothing_to_paste(daemon):
    found = report(daemon.url + "/cursor", "--model", "no-such-model", key=daemon.key)
    assert found.exit == 8 and found.json["paste"]["model"] == ""
