"""The daemon's own TLS, as clients meet it: which certificate, which versions, and a new certificate without a restart."""
import os
import signal
import socket
import ssl

import pytest

from certificates import Authority
from fake_upstream import wait_until
from gateway import Gateway, chat

PATH = "/v1/chat/completions"
MOCK = [{"model_name": "mock", "litellm_params": {"model": "mock/mock"}}]


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "authority")


def client_context(authority, **more):
    context = ssl.create_default_context(cafile=str(authority.file))
    for name, value in more.items():
        setattr(context, name, value)
    return context


def serve(authority, *names):
    """A gateway with a certificate for each name; plain file names, as certbot keeps them."""
    pairs = [dict(zip(("certificate", "key"), authority.issue(name))) for name in names]
    return Gateway(config={"model_list": MOCK, "server": {"tls": pairs}}, tls=client_context(authority, check_hostname=False)), pairs


def shown(gateway, authority, name, offered=("h2", "http/1.1")):
    """(names in the certificate, serial number, protocol agreed on) of one handshake."""
    context = client_context(authority, check_hostname=False)
    context.set_alpn_protocols(list(offered))
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as plain, \
            context.wrap_socket(plain, server_hostname=name) as secure:
        certificate = secure.getpeercert()
        return [value for _, value in certificate["subjectAltName"]], certificate["serialNumber"], secure.selected_alpn_protocol()


def test_a_client_is_served_over_tls_and_verifies_the_name(authority):
    gateway, _ = serve(authority, "127.0.0.1")
    with gateway:
        gateway.tls = client_context(authority)  # checks the name too
        key = gateway.create_key()
        assert gateway.post(PATH, chat("mock"), key).status == 200
        streamed = gateway.post("/cursor/chat/completions", chat("mock", stream=True), key)
        assert streamed.status == 200 and streamed.events[-1] == "[DONE]"
        assert gateway.cli_json("status")["listeners"][0]["tls"] is True


def test_the_name_asked_for_chooses_the_certificate(authority):
    gateway, _ = serve(authority, "first.example", "*.second.example")
    with gateway:
        assert shown(gateway, authority, "first.example")[0] == ["first.example"]
        assert shown(gateway, authority, "a.second.example")[0] == ["*.second.example"]
        assert shown(gateway, authority, "unknown.example")[0] == ["first.example"]
        assert shown(gateway, authority, None)[0] == ["first.example"]


def test_http_1_1_is_agreed_on_and_h2_alone_is_refused(authority):
    gateway, _ = serve(authority, "first.example")
    with gateway:
        assert shown(gateway, authority, "first.example")[2] == "http/1.1"
        with pytest.raises(ssl.SSLError):
            shown(gateway, authority, "first.example", offered=["h2"])
        assert gateway.get("/health/live").status == 200


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_versions_before_1_2_are_refused(authority, version):
    gateway, _ = serve(authority, "first.example")
    with gateway:
        old = client_context(authority, check_hostname=False)
        old.set_ciphers("ALL:@SECLEVEL=0")  # else OpenSSL itself would not offer them
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = version
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as plain:
            with pytest.raises(ssl.SSLError, match="protocol version"):
                old.wrap_socket(plain, server_hostname="first.example")
        for good in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            gateway.tls = client_context(authority, check_hostname=False, minimum_version=good, maximum_version=good)
            assert gateway.get("/health/live").status == 200


def test_plain_http_on_a_tls_port_ends_that_connection_alone(authority):
    gateway, _ = serve(authority, "first.example")
    with gateway:
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as plain:
            plain.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            try:
                while piece := plain.recv(4096):
                    answer += piece
            except ConnectionError:
                pass
        assert b"HTTP/1.1 200" not in answer
        assert gateway.get("/health/live").status == 200


@pytest.mark.parametrize("how", ["HUP", "litegw reload"])
def test_a_renewed_certificate_counts_after(authority, how):
    gateway, pairs = serve(authority, "first.example")
    with gateway:
        before = shown(gateway, authority, "first.example")[1]
        kept = gateway.connection()
        kept.request("GET", "/health/live")
        kept.getresponse().read()
        for name, file in zip(("certificate", "key"), authority.issue("first.example")):
            os.replace(file, pairs[0][name])
        assert shown(gateway, authority, "first.example")[1] == before, "not before it was asked to"
        if how == "HUP":
            gateway.process.send_signal(signal.SIGHUP)
            wait_until(lambda: shown(gateway, authority, "first.example")[1] != before, 5, "the new certificate")
        else:
            gateway.cli("reload")
        assert shown(gateway, authority, "first.example")[1] != before
        kept.request("GET", "/health/live")
        assert kept.getresponse().read(), "a connection that was open went on"


def test_a_certificate_that_cannot_be_used_stays_out_and_the_old_one_serves_on(authority):
    gateway, pairs = serve(authority, "first.example")
    with gateway:
        before = shown(gateway, authority, "first.example")[1]
        good = open(pairs[0]["key"], "rb").read()
        os.replace(authority.issue("first.example")[1], pairs[0]["key"])  # does not belong to it
        done = gateway.cli("reload", check=False)
        assert done.returncode != 0 and pairs[0]["key"] in done.stderr, done
        assert shown(gateway, authority, "first.example")[1] == before
        with open(pairs[0]["key"], "wb") as file:
            file.write(good)
        gateway.cli("reload")
