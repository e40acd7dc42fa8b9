"""`litegw test` against broken ways to a gateway: address, TLS, proxies. Each gets the right line, the right row of the
troubleshooting table (litegw-cursor(7)) and the right exit code."""
import json
import pathlib
import re
import threading

import pytest

import plain_gateway as plain
from certificates import Authority, openssl
from fake_upstream import FakeUpstream, Raw, Status, chunks
from gateway import Gateway
from nginx import Nginx, free_port, proxy
from plain_gateway import broken, is_chat, is_stream
from tester import MOCK, authority, daemon, fake, is_long, litegw, report, verdict  # noqa: F401 (fixtures)

PAGE = Status(404, "<!DOCTYPE html><h1>Not found</h1>", content_type="text/html", headers={"server": "somebody"})


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


# How long is asked for, when the proxy cuts, how often comments come.
CUT = ("45s", "30s", "60s") if is_long() else ("3s", "1s", "60s")
KEPT_ALIVE = ("45s", "30s", "10s") if is_long() else ("2s", "1s", "300ms")


def report_on_silence(asked, cut, keepalive):
    with Gateway(config={**MOCK, "cursor": {"keepalive": keepalive}}) as gateway:
        with Nginx(proxy(gateway.url, f"proxy_read_timeout {cut}; client_max_body_size 32m;")) as nginx:
            return report(nginx.url + "/cursor", "--deep", "--silence", asked, key=gateway.create_key())


def test_a_proxy_that_cuts_silence():
    verdict(report_on_silence(*CUT), "silence", 27, says=f"of {CUT[0]}")


def test_comments_keep_a_stream_alive_where_silence_is_cut():
    found = report_on_silence(*KEPT_ALIVE)
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
