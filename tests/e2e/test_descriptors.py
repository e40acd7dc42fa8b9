"""No descriptor left: clients are turned away at once, nothing spins or falls, and service comes back by itself."""
import os
import resource
import select
import socket
import time

import pytest

from gateway import Gateway

CONFIG = {"model_list": [{"model_name": "mock", "litellm_params": {"model": "mock/mock"}}],
          "general_settings": {"master_key": "sk-master-of-the-test-0001"}}
SPARE = 12


def test_without_descriptors_clients_are_turned_away_until_there_are_some_again():
    with Gateway(config=CONFIG) as gateway:
        pid = gateway.process.pid
        if gateway.is_sanitized():
            pytest.skip("the sanitizers need descriptors themselves")
        limit = len(os.listdir(f"/proc/{pid}/fd")) + SPARE
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, limit))
        clients = [socket.create_connection(("127.0.0.1", gateway.port), 5) for _ in range(SPARE + 8)]
        answers = [_probe(client) for client in clients]
        assert answers.count(200) >= SPARE - 4 and answers.count(503) >= 4, answers
        before = _cpu_seconds(pid)
        time.sleep(1)
        assert _cpu_seconds(pid) - before < 0.3
        for client in clients:
            client.close()
        freed = time.monotonic()
        while gateway.get("/health/live").status != 200:
            assert time.monotonic() - freed < 1
        assert time.monotonic() - freed < 1
        assert gateway.terminate() == 0


def _probe(client):
    """The status of an answer; the connection stays open when the daemon keeps it."""
    client.settimeout(3)
    try:
        # Who is turned away has the answer before asking; asking then would meet a reset that takes the answer along.
        if not select.select([client], [], [], 0.2)[0]:
            client.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
    except OSError:
        pass  # it has answered and closed already
    try:
        return int(client.recv(4096)[9:12] or 0)
    except OSError:
        return 0


def _cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
