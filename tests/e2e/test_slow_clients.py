"""Thousands of clients that send or read as slowly as they can: everybody else is served as if they were not there."""
import resource
import shutil
import subprocess
import time

import pytest

from gateway import Gateway, chat

# Connections and seconds of each attack.
SIZE = {"quick": (200, 5), "gate": (400, 8), "long": (4000, 60)}
ATTACKS = {
    "headers": ["-H", "-i", "2", "-x", "24", "-t", "GET"],
    "bodies": ["-B", "-i", "2", "-s", "8192", "-x", "10", "-t", "POST"],
    "ranges": ["-R", "-a", "10", "-b", "3000"],
    "readers": ["-X", "-w", "256", "-y", "512", "-n", "2", "-z", "16", "-k", "3"],
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_others_stay_below_100_ms_while_thousands_are_slow(attack, length, tmp_path):
    if not shutil.which("slowhttptest"):
        pytest.skip("slowhttptest is not installed: scripts/setup test")
    connections, seconds = SIZE[length]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections * 2 + 500
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"{wanted} descriptors needed, {hard} allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    config = {"model_list": [{"model_name": "mock", "litellm_params": {"model": "mock/mock"}}]}
    with Gateway(config=config) as gateway:
        key = gateway.create_key()
        before = _resident(gateway)
        with open(tmp_path / "attack.log", "wb") as log:
            attacker = subprocess.Popen(["slowhttptest", "-c", str(connections), "-r", str(connections // 2), "-l", str(seconds), "-p", "5",
                                         *ATTACKS[attack], "-u", gateway.url + "/v1/chat/completions"], stdout=log, stderr=log)
        times = []
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            started = time.monotonic()
            answer = gateway.post("/v1/chat/completions", chat("mock"), key, timeout=10)
            times.append(time.monotonic() - started)
            assert answer.status == 200, answer.text
            time.sleep(0.02)
        grown = _resident(gateway) - before
        attacker.terminate()
        attacker.wait(30)
        times.sort()
        assert len(times) > 50
        p99 = times[int(len(times) * 0.99)]
        assert p99 < 0.1, f"p99 {p99 * 1000:.0f} ms over {len(times)} requests"
        assert grown < 64 << 20 or gateway.is_sanitized(), f"memory grew by {grown >> 20} MiB"


def _resident(gateway):
    return int(open(f"/proc/{gateway.process.pid}/statm").read().split()[1]) * 4096
