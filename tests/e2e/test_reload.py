"""Reloads under traffic, and a drain with many streams: nobody's request is lost."""
import http.client
import json
import os
import pathlib
import resource
import signal
import socket
import threading
import time

import pytest

from fake_upstream import FakeUpstream, Stream, chunks, wait_until
from gateway import Gateway, chat

PATH = "/v1/chat/completions"
MOCK = {"model_name": "mock", "litellm_params": {"model": "mock/mock"}}


class Traffic:
    """Clients that keep asking over connections of their own, plain and streamed; `wrong` is what was not answered right."""

    def __init__(self, gateway, key, clients=4):
        self.gateway, self.key = gateway, key
        self.stop, self.answered, self.wrong = threading.Event(), 0, []
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _ask(self, number):
        connection = self.gateway.connection()
        model = ["m", "mock"][number % 2]
        stream = number % 4 >= 2
        while not self.stop.is_set():
            try:
                connection.request("POST", PATH, json.dumps(chat(model, stream=stream)), {"Authorization": f"Bearer {self.key}"})
                answer = connection.getresponse()
                body = answer.read()
                right = answer.status == 200 and (b"[DONE]" in body if stream else b'"choices"' in body)
                with self.lock:
                    self.answered += 1
                    if not right:
                        self.wrong.append((answer.status, body[-300:]))
            except (OSError, http.client.HTTPException) as failed:
                with self.lock:
                    self.wrong.append(repr(failed))
                return


def test_reloads_under_traffic_lose_no_request_and_no_memory(upstream, length):
    count = 1000 if length == "long" else 100
    models = [{"model_name": "m", "litellm_params": {"model": "openai/m", "api_base": upstream.url + "/v1", "api_key": "x"}}, MOCK]
    with Gateway(config={"model_list": models}) as gateway:
        key = gateway.create_key()

        def reload(number):
            """Every third file is broken; the others differ from the one before."""
            broken = number % 3 == 2
            gateway.config["model_list"] = models + [{"model_name": f"extra-{number}", "litellm_params": {"model": "mock/extra"}}]
            gateway.write_config("model_list: [{model_name: m\n" if broken else None)
            if number % 10 == 0:  # the rest by HUP: no program to start
                assert (gateway.cli("reload", check=False).returncode != 0) == broken
                return
            gateway.process.send_signal(signal.SIGHUP)
            wait_until(lambda: sum(map(gateway.log_text().count, ('"reloaded"', '"reload failed,'))) == number + 1, 30, "the reload")

        with Traffic(gateway, key) as traffic:
            for number in range(count // 5):
                reload(number)
            descriptors = len(os.listdir(f"/proc/{gateway.process.pid}/fd"))
            sizes = []
            for number in range(count // 5, count):
                reload(number)
                sizes.append(gateway.own_kib())
            assert len(os.listdir(f"/proc/{gateway.process.pid}/fd")) <= descriptors + 4
        assert traffic.wrong == []
        assert traffic.answered >= count, "there was no traffic to lose"
        def rows():
            return gateway.cli_json("spend", "report", "--by", "key")["items"][0]["requests"]
        # The store commits what is queued within 100 ms, later where the disk is slow.
        wait_until(lambda: rows() >= traffic.answered, 10, "a row of every request")
        assert rows() == traffic.answered
        good = count - count // 3
        assert gateway.cli_json("status")["config_generation"] == 1 + good
        assert gateway.log_text().count("reload failed, the old configuration stays") == count // 3
        # An immutable snapshot that stayed behind would be 20 KiB and more. The allocator takes and gives back MiBs at a time:
        # the most that was held in the first tenth against the least in the last.
        grown = min(sizes[-count // 10:]) - max(sizes[:count // 10])
        assert gateway.is_sanitized() or grown < 4096, f"{grown} KiB more after {count * 4 // 5} reloads"


@pytest.mark.parametrize("text", ["model_list: [", "server: {listne: []}\n", "\0", "- a\n- b\n", "model_list: 7\n"])
def test_a_file_that_cannot_be_used_changes_nothing(text):
    with Gateway(config={"model_list": [MOCK]}) as gateway:
        key = gateway.create_key()
        before = gateway.cli_json("config", "show")
        gateway.write_config(text)
        done = gateway.cli("reload", check=False)
        assert done.returncode != 0 and done.stderr, done
        assert gateway.cli_json("config", "show") == before
        assert gateway.post(PATH, chat("mock"), key).status == 200
        assert gateway.cli_json("status")["config_generation"] == 1


def test_a_hundred_streams_end_as_they_should_when_the_daemon_is_told_to_stop(upstream, length):
    """1,000 in the long run."""
    count = 1000 if length == "long" else 100
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4 * count + 200)), hard))
    upstream.script(Stream(chunks("one two three four five six seven eight nine ten"), gap=0.5))
    with Gateway(models={"m": upstream.url}, config={"server": {"drain_timeout": "60s"}}) as gateway:
        key = gateway.create_key()
        body = json.dumps(chat("m", stream=True)).encode()
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        clients = []
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", gateway.port), timeout=60)
            client.sendall(head + body)
            clients.append(client)
        for client in clients:
            assert client.recv(1, socket.MSG_PEEK), "the stream has begun"
        gateway.process.send_signal(signal.SIGTERM)
        wait_until(lambda: _refused(gateway.port), 10, "new connections to be refused")
        for number, client in enumerate(clients):
            text = _read_all(client)
            assert text.startswith(b"HTTP/1.1 200 ") and b"data: [DONE]" in text and text.endswith(b"0\r\n\r\n"), (number, text[-300:])
        assert gateway.process.wait(20) == 0
        gateway.start()
        rows = gateway.wait_rows(count)
        assert len(rows) == count and {row["outcome"] for row in rows} == {"ok"}


def _refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        pass
    return False


def _read_all(client):
    text = b""
    while piece := client.recv(65536):
        text += piece
    client.close()
    return text


def test_a_store_that_cannot_be_written_any_more_ends_the_daemon_with_70(upstream, tmp_path):
    """A failed write of LMDB's meta page is final for the process: the service manager has to start it anew."""
    import subprocess
    shim, switch = tmp_path / "failing_disk.so", tmp_path / "switch"
    source = pathlib.Path(__file__).resolve().parents[1] / "support/failing_disk.c"
    subprocess.run(["g++-12", "-x", "c", "-shared", "-fPIC", "-O1", "-o", shim, source], check=True)
    env = {"LD_PRELOAD": str(shim), "FAILING_DISK_SWITCH": str(switch), "ASAN_OPTIONS": "verify_asan_link_order=0"}
    with Gateway(models={"m": upstream.url}, start=False) as gateway:
        gateway.env, plain = {**gateway.env, **env}, gateway.env
        gateway.start()
        gateway.env = plain
        kept = gateway.create_key("kept")
        upstream.script(Stream(chunks()[:3], hang=True))
        client = socket.create_connection(("127.0.0.1", gateway.port), timeout=30)
        body = json.dumps(chat("m", stream=True)).encode()
        client.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {kept}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        assert client.recv(1, socket.MSG_PEEK)
        switch.touch()
        lost = gateway.cli("key", "create", "--name", "lost", check=False)
        assert lost.returncode != 0, "a key was acknowledged that is not on disk"
        started = time.monotonic()
        assert gateway.process.wait(20) == 70, gateway.log_text()
        assert time.monotonic() - started < 5
        assert b'"error"' in _read_all(client), "a running stream is told"
        assert "store" in gateway.log_text().lower()
        switch.unlink()
        gateway.start()
        assert [k["name"] for k in gateway.cli_json("key", "list")["items"]] == ["kept"]
        upstream.reset()
        assert gateway.post(PATH, chat("m"), kept).status == 200
