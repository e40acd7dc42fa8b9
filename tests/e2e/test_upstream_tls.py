"""HTTPS to the upstream, straight and through a proxy: whom it trusts, what it says when it does not, what it keeps."""

import itertools
import socket
import threading

import pytest

from certificates import Authority
from connect_proxy import ConnectProxy
from fake_upstream import FakeUpstream, Status, Stream, chunks, completion
from gateway import Gateway, chat

PATH = "/v1/chat/completions"
WITHOUT_PROXY = {name: "" for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")}
numbers = itertools.count()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def serve(url, authority=None, env=None, **upstream_settings):
    """A gateway with one event loop, so that what it keeps between requests is kept in one place."""
    if authority:
        upstream_settings["ca_file"] = str(authority.file)
    return Gateway(models={"m": url}, config={"upstream": upstream_settings, "server": {"threads": 1}}, env={**WITHOUT_PROXY, **(env or {})})


def refused_answer(gateway):
    """The client's error and the row's, of a request that must fail with 502."""
    answer = gateway.post(PATH, chat("m"), gateway.create_key(f"key{next(numbers)}"))
    assert answer.status == 502, (answer.status, answer.text)
    error = answer.error
    assert set(error) >= {"message", "type", "param", "code"}
    row = gateway.wait_row(answer)
    assert row["status"] == 502 and row["error_code"], row
    return error["message"], row["error_message"]


UNTRUSTED = {
    "a host name of somebody else": (lambda a: a.issue("elsewhere.example"), "localhost", "mismatch"),
    "an address of somebody else": (lambda a: a.issue("127.0.0.2"), "127.0.0.1", "mismatch"),
    "a date that is over": (lambda a: a.issue("localhost", days=-1), "localhost", "expired"),
    "a signature of its own": (lambda a: a.self_signed("localhost"), "localhost", "self-signed"),
    "an authority that nobody named": (lambda a: Authority(a.folder / "other").issue("localhost"), "localhost", "issuer certificate"),
}


@pytest.mark.parametrize("certificate", UNTRUSTED)
def test_a_certificate_with(certificate, authority):
    make, host, cause = UNTRUSTED[certificate]
    with FakeUpstream(*make(authority)) as upstream, serve(f"https://{host}:{upstream.port}", authority) as gateway:
        told, written = refused_answer(gateway)
        assert "TLS" in told and cause in told, told
        assert cause in written, written
        assert upstream.requests == [], "the request was sent although nobody knows to whom"
        refused_answer(gateway)
        assert len(upstream.server_names) == 2, "a connection that was not trusted was used again"


def test_the_systems_authorities_are_not_the_private_one(authority):
    with FakeUpstream(*authority.issue("localhost")) as upstream, serve(f"https://localhost:{upstream.port}") as gateway:
        told, _ = refused_answer(gateway)
        assert "issuer certificate" in told, told


def test_the_systems_authorities_are_read_when_they_are_needed(authority):
    env = {"SSL_CERT_FILE": str(authority.file), "SSL_CERT_DIR": ""}
    with FakeUpstream(*authority.issue("localhost")) as upstream, serve(f"https://localhost:{upstream.port}", env=env) as gateway:
        key = gateway.create_key()
        for _ in range(2):
            assert gateway.post(PATH, chat("m"), key).status == 200


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_stream_that_falls_silent_again_and_again_arrives_whole(tls, authority):
    certificate = authority.issue("localhost") if tls else ()
    with FakeUpstream(*certificate) as upstream:
        url = f"{'https' if tls else 'http'}://localhost:{upstream.port}"
        text = "One two three four five six."
        upstream.script(Stream(chunks(text), gap=0.02))
        with serve(url, authority) as gateway:
            answer = gateway.post(PATH, chat("m", stream=True), gateway.create_key())
            assert answer.status == 200 and answer.stream_text.strip() == text, answer.text
            assert answer.events[-1] == "[DONE]"
            assert not answer.cut


def test_plain_http_where_tls_was_expected_is_told():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def answer():
            client, _ = listener.accept()
            with client:
                client.recv(4096)
                client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        threading.Thread(target=answer, daemon=True).start()
        with serve(f"https://localhost:{listener.getsockname()[1]}") as gateway:
            told, written = refused_answer(gateway)
            assert "TLS" in told and "TLS" in written, told


def test_a_private_authority_is_trusted_names_are_sent_and_sessions_taken_up_again(authority):
    with FakeUpstream(*authority.issue("localhost")) as upstream, serve(f"https://localhost:{upstream.port}", authority) as gateway:
        key = gateway.create_key()
        upstream.script(Status(body=completion(), headers={"connection": "close"}))
        for _ in range(4):
            assert gateway.post(PATH, chat("m"), key).status == 200
        assert upstream.server_names == ["localhost"] * 4
        assert [r.resumed for r in upstream.requests] == [False, True, True, True]
        upstream.script(Status(body=completion()))
        for _ in range(4):
            gateway.post(PATH, chat("m"), key)
        assert len({r.connection for r in upstream.requests}) == 5, "an open connection was not used again"


def test_an_address_is_no_server_name(authority):
    with FakeUpstream(*authority.issue("127.0.0.1")) as upstream, serve(upstream.url, authority) as gateway:
        assert gateway.post(PATH, chat("m"), gateway.create_key()).status == 200
        assert upstream.server_names == [None], "RFC 6066: SNI holds host names, never addresses"


def test_an_authority_added_to_the_file_counts_from_the_next_reload_on(authority, tmp_path):
    file = tmp_path / "authorities.pem"
    file.write_bytes(Authority(tmp_path / "first").file.read_bytes())
    with FakeUpstream(*authority.issue("localhost")) as upstream, serve(f"https://localhost:{upstream.port}", ca_file=str(file)) as gateway:
        refused_answer(gateway)
        file.write_bytes(file.read_bytes() + authority.file.read_bytes())
        gateway.cli("reload")
        assert gateway.post(PATH, chat("m"), gateway.create_key("second")).status == 200


def test_a_file_of_authorities_that_cannot_be_read_is_named_at_start(tmp_path):
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate\n")
    with Gateway(models={"m": "https://localhost:1"}, config={"upstream": {"ca_file": str(broken)}}, start=False) as gateway:
        code, text = gateway.run_to_end()
        assert code == 78 and str(broken) in text and "upstream.ca_file" in text, (code, text)


# ---- proxies

@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_an_https_upstream_is_reached_through(variable, authority):
    with FakeUpstream(*authority.issue("api.example")) as upstream, ConnectProxy({"api.example:443": upstream.port}) as proxy, \
            serve("https://api.example", authority, env={variable: proxy.url.replace("//", "//user:pass%40word@")}) as gateway:
        key = gateway.create_key()
        for _ in range(3):
            assert gateway.post(PATH, chat("m"), key).status == 200
        assert proxy.asked == [("CONNECT", "api.example:443")], "one way, kept open"
        assert b"\r\nProxy-Authorization: Basic dXNlcjpwYXNzQHdvcmQ=\r\n" in proxy.heads[0]
        assert b"sk-upstream" not in proxy.heads[0]
        assert upstream.server_names == ["api.example"]
        assert upstream.requests[0].header("proxy-authorization") is None


def test_a_plain_upstream_is_asked_for_through_http_proxy(upstream):
    with ConnectProxy({"api.example": upstream.port}) as proxy, serve("http://api.example", env={"http_proxy": proxy.url}) as gateway:
        assert gateway.post(PATH, chat("m"), gateway.create_key()).status == 200
        assert proxy.asked == [("POST", "http://api.example/v1/chat/completions")]


@pytest.mark.parametrize("excluded", ["localhost", "*", "other.example,localhost"])
def test_no_proxy_and_loopback_go_straight(excluded, authority):
    with FakeUpstream(*authority.issue("localhost")) as upstream, ConnectProxy({}) as proxy, \
            serve(f"https://localhost:{upstream.port}", authority, env={"HTTPS_PROXY": proxy.url, "NO_PROXY": excluded}) as gateway:
        assert gateway.post(PATH, chat("m"), gateway.create_key()).status == 200
        assert proxy.heads == []


def test_no_proxy_excludes_a_name_and_what_is_below_it():
    with ConnectProxy({}) as proxy, serve("https://api.no-such-host.invalid", env={"HTTPS_PROXY": proxy.url, "NO_PROXY": ".no-such-host.invalid"}) as gateway:
        refused_answer(gateway)
        assert proxy.heads == [], "the proxy was asked for an excluded name"


REFUSALS = {
    "refuses": (None, "403"),
    "wants another password": (b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n", "407"),
    "cannot reach it either": (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "502"),
    "speaks no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "CONNECT"),
    "says nothing": (b"", "proxy"),
}


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_proxy_that(fault, authority):
    answer, cause = REFUSALS[fault]
    with ConnectProxy({}, answer) as proxy, \
            serve("https://api.example", authority, env={"HTTPS_PROXY": proxy.url.replace("//", "//user:proxy-password@")}) as gateway:
        told, written = refused_answer(gateway)
        assert "proxy" in told and cause in told, told
        assert "proxy" in written and cause in written, written
        for text in (told, written, gateway.log_text()):
            assert "proxy-password" not in text and "dXNlcj" not in text


def test_a_proxy_that_is_not_there_is_named_as_the_cause():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, never listening: refused
        with serve("https://api.example", env={"HTTPS_PROXY": f"http://127.0.0.1:{taken.getsockname()[1]}"}) as gateway:
            told, _ = refused_answer(gateway)
            assert "proxy" in told, told


def test_a_proxy_does_not_stand_in_for_the_upstreams_certificate(authority):
    """The one behind the proxy shows the certificate of another host."""
    with FakeUpstream(*authority.issue("evil.example")) as upstream, ConnectProxy({"api.example:443": upstream.port}) as proxy, \
            serve("https://api.example", authority, env={"HTTPS_PROXY": proxy.url}) as gateway:
        told, _ = refused_answer(gateway)
        assert "mismatch" in told, told
        assert upstream.requests == []


def test_a_proxy_variable_that_makes_no_sense_is_told_at_start_without_its_password():
    with Gateway(models={"m": "https://localhost:1"}, start=False, env={**WITHOUT_PROXY, "HTTPS_PROXY": "socks5://u:hidden@x"}) as gateway:
        code, text = gateway.run_to_end()
        assert code == 78 and "HTTPS_PROXY" in text and "hidden" not in text, (code, text)
