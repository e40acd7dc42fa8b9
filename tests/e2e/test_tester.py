"""`litegw test` against sound gateways and against one broken set-up after another: each gets the right line, the right row of the
troubleshooting table (litegw-cursor(7)) and the right exit code.

Honest hooks only: --allow-private because everything is on loopback, SSL_CERT_FILE for an authority of our own, --silence to
wait 3 s instead of 45 (LITEGW_TEST_LENGTH=long waits the whole time)."""
import datetime
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import pytest

import plain_gateway as plain
from certificates import Authority, openssl
from fake_upstream import FakeUpstream, Raw, Status, Stream, chunks, tool_call, completion
from gateway import Gateway, program
from nginx import Nginx, free_port, proxy
from plain_gateway import KEY, broken, has_tool, is_chat, is_stream, ours

MOCK = {"model_list": [{"model_name": "mock", "litellm_params": {"model": "mock/mock"}}]}
PAGE = Status(404, "<!DOCTYPE html><h1>Not found</h1>", content_type="text/html", headers={"server": "somebody"})
GOLDEN = pathlib.Path(__file__).parent / "golden"


def litegw(*words, key=KEY, env=None, timeout=120):
    whole = {**os.environ, "LITEGW_SOCKET": "/nonexistent/litegwd.sock", **(env or {})}
    for name in ("LITEGW_API_KEY", "LITEGW_BASE_URL"):
        whole.pop(name, None)
    if key:
        whole["LITEGW_API_KEY"] = key
    return subprocess.run([program("litegw"), "test", *words], env=whole, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=timeout, check=False)


class Report:
    def __init__(self, done):
        self.exit = done.returncode
        self.error = done.stderr
        assert done.stdout, f"no report, exit {done.returncode}: {done.stderr}"
        self.json = json.loads(done.stdout)
        self.checks = {check["id"]: check for check in self.json["checks"]}

    def failed(self):
        return {i: (c["row"], c["detail"]) for i, c in self.checks.items() if c["result"] == "failed"}


def report(url, *flags, private=True, **more):
    """The report on a base URL; a verdict names its row."""
    return Report(litegw("--json", "--base-url", url, *(["--allow-private"] if private else []), *flags, **more))


def verdict(found, check, row, exit=8, result="failed", says=""):
    line = found.checks.get(check)
    assert line, f"no check '{check}': {list(found.checks)}"
    assert (line["result"], line["row"]) == (result, row), line
    assert line["fix"], line
    assert says in line["detail"], line
    assert found.exit == exit, found.failed()
    if result == "failed":
        assert list(found.failed()) == [check], found.failed()


@pytest.fixture(scope="module")
def daemon():
    with Gateway(config=MOCK) as gateway:
        gateway.key = gateway.create_key("tester")
        yield gateway


@pytest.fixture
def fake():
    with FakeUpstream() as upstream:
        upstream.script(plain.answer)
        yield upstream


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def silence():
    return "45s" if os.environ.get("LITEGW_TEST_LENGTH") == "long" else "3s"


# ---- sound gateways

def test_litegwd_passes_every_check(daemon):
    found = report(daemon.url + "/cursor", "--deep", "--silence", silence(), key=daemon.key, env=daemon.env)
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


# ---- where it is

def test_a_private_address_over_plain_http_is_refused_by_cursors_servers(daemon):
    found = report(daemon.url + "/cursor", key=daemon.key, private=False)
    assert found.exit == 8 and found.checks["dns"]["row"] == 1 and found.checks["url"]["row"] == 3
    assert set(found.failed()) == {"dns", "url"}
    assert "loopback" in found.checks["dns"]["detail"]


def test_nothing_that_listens_is_exit_3():
    found = report(f"http://127.0.0.1:{free_port()}/cursor")
    verdict(found, "tcp", 4, exit=3)
    found = report("http://no-such-host.invalid/cursor")
    verdict(found, "dns", 1, exit=3)


@pytest.mark.parametrize("url", ["", "llm.example.com/cursor", "ftp://llm.example.com", "http://u:p@llm.example.com", "http://x:99999", "http://a b/"])
def test_no_url_is_exit_2(url):
    assert litegw("--base-url", url).returncode == 2


def test_waiting_for_a_gateway_that_starts_later(fake):
    port = free_port()
    assert litegw("--base-url", f"http://127.0.0.1:{port}/v1", "--wait", "1s").returncode == 124
    started = []
    later = threading.Timer(1, lambda: started.append(Nginx(proxy(fake.url), port=port)))
    later.start()
    done = litegw("--json", "--base-url", f"http://127.0.0.1:{port}/v1", "--allow-private", "--wait", "30s")
    later.join()
    for nginx in started:
        nginx.close()
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_path_names_the_right_one(daemon):
    found = report(daemon.url + "/openai", key=daemon.key)
    verdict(found, "models", 5)
    assert f"paste {daemon.url}/cursor" in found.checks["models"]["fix"]


def test_a_pasted_endpoint_is_cut_and_said_so(daemon):
    found = report(daemon.url + "/cursor/chat/completions", key=daemon.key)
    verdict(found, "url", 5, exit=0, result="warning")
    assert found.json["paste"]["base_url"] == daemon.url + "/cursor"


def test_a_404_page_is_no_gateway(fake):
    fake.script(PAGE)
    verdict(report(fake.url + "/v1"), "models", 5, says="a web page of somebody")


def test_a_redirect_is_shown_with_its_target(fake):
    moved = Status(301, "", headers={"location": "https://llm.example.com/v1/models"})
    fake.script(broken(lambda r: "/models" in r.target, moved))
    verdict(report(fake.url + "/v1"), "models", 5, says="https://llm.example.com/v1/models")


def test_a_redirected_post_is_shown_too(fake):
    fake.script(broken(is_chat, Status(308, "", headers={"location": "/elsewhere"})))
    found = report(fake.url + "/v1")
    verdict(found, "chat", 5, says="/elsewhere")


def test_a_firewall_page_is_no_refused_key(fake):
    fake.script(Status(403, "<!DOCTYPE html>blocked", content_type="text/html"))
    verdict(report(fake.url + "/v1"), "models", 4)


# ---- TLS

def tls_report(authority, certificate, key, trusted=None):
    with FakeUpstream(certificate=certificate, key=key) as fake:
        fake.script(plain.answer)
        return report(fake.url + "/v1", env={"SSL_CERT_FILE": str(trusted or authority.file)})


def test_a_certificate_of_a_known_authority_passes(authority):
    found = tls_report(authority, *authority.issue("127.0.0.1", days=90))
    assert found.exit == 0 and found.checks["tls"]["result"] == "passed" and found.checks["url"]["result"] == "passed"


def test_an_incomplete_chain_is_called_so(authority, tmp_path):
    between = Authority(tmp_path / "between", parent=authority)
    leaf, key = between.issue("127.0.0.1", days=90)
    verdict(tls_report(authority, leaf, key), "tls", 3, says="chain is incomplete")
    whole = tmp_path / "fullchain.pem"
    whole.write_text(pathlib.Path(leaf).read_text() + between.file.read_text())
    assert tls_report(authority, str(whole), key).exit == 0


def test_a_self_signed_certificate_fails(authority, tmp_path):
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=me", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", tmp_path / "k", "-out", tmp_path / "c")
    verdict(tls_report(authority, str(tmp_path / "c"), str(tmp_path / "k")), "tls", 3, says="self-signed")


def test_an_authority_of_ones_own_fails(authority, tmp_path):
    other = Authority(tmp_path / "other")
    leaf, key = other.issue("127.0.0.1", days=90)
    whole = tmp_path / "chain.pem"
    whole.write_text(pathlib.Path(leaf).read_text() + other.file.read_text())
    verdict(tls_report(authority, str(whole), key), "tls", 3, says="no public authority")


def test_an_expired_certificate_fails_with_its_date(authority):
    verdict(tls_report(authority, *authority.issue("127.0.0.1", days=-1)), "tls", 3, says="expired on 2020-02-01")


def test_a_certificate_for_another_name_fails(authority):
    verdict(tls_report(authority, *authority.issue("llm.example.com", days=90)), "tls", 3, says="is not for 127.0.0.1")


def test_a_certificate_that_expires_soon_is_a_warning(authority):
    found = tls_report(authority, *authority.issue("127.0.0.1", days=2))
    verdict(found, "tls", 3, exit=0, result="warning")


def test_https_to_a_plain_port_and_http_to_a_tls_port(fake, authority):
    with Nginx(proxy(fake.url), scheme="https") as nginx:
        verdict(report(nginx.url + "/v1"), "tls", 3)
    # This one says nothing at all to a TLS greeting.
    verdict(report(fake.url.replace("http:", "https:") + "/v1", "--timeout", "1s"), "tls", 3)
    certificate, key = authority.issue("127.0.0.1")
    with Nginx(proxy(fake.url, "", f"ssl; ssl_certificate {certificate}; ssl_certificate_key {key}")) as nginx:
        verdict(report(nginx.url + "/v1"), "models", 3, says="speaks TLS")


# ---- the key and the model

def test_a_wrong_key_is_exit_4(daemon):
    verdict(report(daemon.url + "/cursor", key="sk-wrong-wrong-wrong-wrong"), "models", 6, exit=4)
    verdict(report(daemon.url + "/v1", key="sk-wrong-wrong-wrong-wrong"), "models", 6, exit=4)


def test_a_blocked_key_is_exit_4(daemon):
    key = daemon.create_key("blocked")
    daemon.cli("key", "block", "blocked")
    verdict(report(daemon.url + "/cursor", key=key), "models", 6, exit=4)


def test_a_key_without_the_model_is_exit_4():
    two = {"model_list": [{"model_name": name, "litellm_params": {"model": "mock/mock"}} for name in ("one", "two")]}
    with Gateway(config=two) as gateway:
        key = gateway.create_key("narrow", "--models", "one")
        found = report(gateway.url + "/cursor", "--model", "two", key=key)
        assert found.checks["models"]["result"] == "warning"
        verdict(found, "chat", 6, exit=4)


def test_an_unknown_model_is_named(daemon):
    found = report(daemon.url + "/cursor", "--model", "mokc", key=daemon.key)
    assert found.checks["models"]["fix"] == "did you mean mock?"
    verdict(found, "chat", 39)


@pytest.mark.parametrize("status", [400, 429])
def test_a_spent_budget_is_told(fake, status):
    """As litegwd says it on Cursor's routes, and on the others."""
    fake.script(broken(is_chat, plain.refused(status, "budget_exceeded", "The budget of this key is spent.")))
    verdict(report(fake.url + "/v1"), "chat", 6, says="budget")


def test_a_name_that_cursor_takes_for_its_own_is_a_warning():
    with Gateway(config={"model_list": [{"model_name": "gpt-4o", "litellm_params": {"model": "mock/mock"}}]}) as gateway:
        found = report(gateway.url + "/cursor", key=gateway.create_key())
        verdict(found, "name", 10, exit=0, result="warning")
        assert "team-gpt-4o" in found.checks["name"]["fix"]


# ---- proxies on the way

def test_a_proxy_that_takes_the_cors_headers_away(daemon):
    with Nginx(proxy(daemon.url, "proxy_hide_header Access-Control-Allow-Origin;")) as nginx:
        verdict(report(nginx.url + "/cursor", key=daemon.key), "cors", 35)


def test_a_proxy_that_buffers_although_we_ask_it_not_to(daemon):
    with Nginx(proxy(daemon.url, "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;")) as nginx:
        verdict(report(nginx.url + "/cursor", key=daemon.key), "buffering", 28, says="at once")


def without_chunks(request):
    """A stream that ends with its connection: this is what nginx collects."""
    events = [f"data: {json.dumps(event)}\n\n".encode() for event in chunks("1 2 3 4 5 6 7 8 9 10")] + [b"data: [DONE]\n\n"]
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    return Raw([head] + [step for event in events for step in (event, 0.05)] + ["fin"])


def test_a_proxy_that_buffers_in_front_of_another_gateway(fake):
    fake.script(broken(lambda r: is_stream(r) and "tools" not in r.json, without_chunks))
    with Nginx(proxy(fake.url, "proxy_buffering on;")) as nginx:
        verdict(report(nginx.url + "/v1"), "buffering", 28)
    with Nginx(proxy(fake.url, "proxy_buffering off;")) as nginx:
        assert report(nginx.url + "/v1").exit == 0


def test_a_proxy_that_cuts_silence():
    with Gateway(config={**MOCK, "cursor": {"keepalive": "60s"}}) as gateway:
        with Nginx(proxy(gateway.url, "proxy_read_timeout 1s; client_max_body_size 32m;")) as nginx:
            found = report(nginx.url + "/cursor", "--deep", "--silence", "3s", key=gateway.create_key())
            verdict(found, "silence", 27, says="of 3s")


def test_comments_keep_a_stream_alive_where_silence_is_cut():
    with Gateway(config={**MOCK, "cursor": {"keepalive": "300ms"}}) as gateway:
        with Nginx(proxy(gateway.url, "proxy_read_timeout 1s; client_max_body_size 32m;")) as nginx:
            found = report(nginx.url + "/cursor", "--deep", "--silence", "2s", key=gateway.create_key())
            assert found.exit == 0, found.failed()
            assert re.search(r"survived; [4-9] comments", found.checks["silence"]["detail"])


def test_a_proxy_that_takes_small_bodies_only(daemon):
    with Nginx(proxy(daemon.url)) as nginx:
        found = report(nginx.url + "/cursor", "--deep", "--silence", "100ms", key=daemon.key)
        verdict(found, "large_body", 38, says="413")


def test_a_proxy_whose_gateway_is_gone(fake):
    with Nginx(proxy(f"http://127.0.0.1:{free_port()}")) as nginx:
        verdict(report(nginx.url + "/v1"), "models", 8, says="502")


def test_a_proxy_that_does_not_wait_for_the_answer(fake):
    fake.script(broken(is_chat, Raw(["hang"])))
    with Nginx(proxy(fake.url, "proxy_read_timeout 1s;")) as nginx:
        verdict(report(nginx.url + "/v1"), "chat", 28, says="504")


def test_an_answer_that_does_not_come(fake):
    fake.script(broken(is_chat, Raw(["hang"])))
    verdict(report(fake.url + "/v1", "--timeout", "1s"), "chat", 28)


# ---- answers that Cursor cannot read

def stream_of(*events, **more):
    return broken(is_stream, Stream(list(events), **more))


RESPONSES = {"type": "response.output_text.delta", "delta": "hi"}


@pytest.mark.parametrize("answer, row", [
    (stream_of(RESPONSES), 15),
    (stream_of({"error": {"message": "boom"}}), 15),
    (stream_of("data: nothing\n\n"), 15),
    (stream_of({"id": "x"}), 15),
    (broken(is_stream, Status(body=completion())), 15),
    (stream_of(*chunks()[:3], done=False), 28),
    (stream_of(*chunks()[:3], done=False, cut=True), 28),
    (broken(is_stream, plain.refused(500, None, "boom")), 8),
    (broken(is_stream, plain.refused(429, None, "slow down")), 8),
], ids=["response events", "error", "no json", "no choices", "no stream", "no DONE", "cut", "500", "429"])
def test_a_stream_that_is_none(fake, answer, row):
    fake.script(answer)
    found = report(fake.url + "/v1")
    assert found.checks["stream"]["result"] == "failed" and found.checks["stream"]["row"] == row, found.checks["stream"]
    assert found.exit == 8


def test_a_whole_answer_in_the_form_of_responses(fake):
    fake.script(broken(is_chat, Status(body={"object": "response", "output": []})))
    verdict(report(fake.url + "/v1"), "chat", 15)


def test_no_usage_at_the_end_of_a_stream(fake):
    fake.script(ours(lambda request: plain.answer(request, usage=False)))
    verdict(report(fake.url + "/cursor/v1"), "usage", 29)


# ---- bodies and tools that only litegw promises

@pytest.mark.parametrize("check, row, matches", [
    ("verify", 35, lambda r: r.json.get("model") == "default"),
    ("responses_body", 13, lambda r: "input" in r.json),
    ("anthropic_body", 19, lambda r: "system" in r.json),
    ("empty_content", 18, lambda r: any(m.get("content") == [] for m in r.json.get("messages", []))),
    ("custom_tool", 14, has_tool("custom")),
    ("suffix", 31, lambda r: r.json["model"].endswith("-thinking-high")),
    ("azure", 33, lambda r: r.target.startswith("/openai/deployments/")),
])
def test_a_body_that_the_gateway_refuses(fake, check, row, matches):
    strict = broken(lambda r: is_chat(r) and matches(r), lambda r: plain.refused(400, None, "Unknown parameter."))
    fake.script(ours(strict))
    verdict(report(fake.url + "/cursor/v1"), check, row)
    fake.script(strict)
    verdict(report(fake.url + "/cursor/v1"), check, row, exit=0, result="warning")


def call_chunks(name="read_file", arguments='{"path": "a"}', **first):
    events = chunks(tool_calls=[tool_call(name, arguments)])
    events[1]["choices"][0]["delta"]["tool_calls"][0].update(first)
    return events


def without_index():
    events = call_chunks()
    for event in events[1:-2]:
        del event["choices"][0]["delta"]["tool_calls"][0]["index"]
    return events


@pytest.mark.parametrize("events, row", [
    (call_chunks(type="custom"), 16),
    (call_chunks(id=""), 16),
    (without_index(), 16),
    (call_chunks(arguments='{"path": "a"'), 20),
    (chunks("I would like to read the file.", tool_calls=None), 20),
], ids=["custom type", "no id", "no index", "half of the arguments", "text"])
def test_a_broken_tool_call(fake, events, row):
    fake.script(ours(broken(has_tool("function"), lambda r: Stream(list(events)) if "tool_choice" in r.json else plain.answer(r))))
    verdict(report(fake.url + "/cursor/v1"), "tool_call", row)


@pytest.mark.parametrize("arguments", ['{"input": "*** Begin Patch"}', "{}", ""])
def test_a_patch_that_is_not_raw_text(fake, arguments):
    fake.script(ours(broken(has_tool("custom"), lambda r: Stream(call_chunks("ApplyPatch", arguments)))))
    verdict(report(fake.url + "/cursor/v1"), "custom_tool", 17)


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
