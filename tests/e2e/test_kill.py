"""kill -9 at any moment: a change of a key that was acknowledged is there after the next start, and the store opens."""
import random
import subprocess
import threading
import time

from gateway import Gateway, chat, program

ROUNDS = {"quick": 5, "gate": 100, "long": 1000}


def test_no_acknowledged_key_change_is_lost(length):
    random_delay = random.Random(7)
    config = {"model_list": [{"model_name": "mock", "litellm_params": {"model": "mock/mock"}}]}
    made, blocked, deleted = {}, set(), set()
    with Gateway(config=config) as gateway:
        client = gateway.create_key("client")
        number = 0
        for round_number in range(ROUNDS[length]):
            if round_number:
                gateway.start()
            stop = threading.Event()
            load = threading.Thread(target=_load, args=(gateway, client, stop))
            load.start()
            killer = threading.Timer(random_delay.uniform(0.01, 0.25), gateway.process.kill)
            killer.start()
            while gateway.process.poll() is None:
                number += 1
                name = f"k{number}"
                if _cli(gateway, "key", "create", "--name", name) == 0:
                    made[name] = True
                elif name in made:
                    del made[name]
                if number % 3 == 0 and name in made and _cli(gateway, "key", "block", name) == 0:
                    blocked.add(name)
                if number % 5 == 0 and name in made:
                    # Without an answer it may have happened or not: such a key proves nothing.
                    if _cli(gateway, "key", "delete", name, "--yes") == 0:
                        deleted.add(name)
                    else:
                        del made[name]
                        blocked.discard(name)
            stop.set()
            load.join()
            killer.join()
            gateway.process.wait()
        gateway.start()
        keys = {k["name"]: k["state"] for k in gateway.cli_json("key", "list", "--limit", "100000")["items"]}
        alive = set(made) - deleted
        assert alive <= set(keys), f"lost: {sorted(alive - set(keys))[:10]}"
        assert all(keys[name] == "blocked" for name in blocked - deleted)
        assert not deleted & set(keys), "a deleted key came back"
        assert gateway.post("/v1/chat/completions", chat("mock"), client).status == 200
        assert len(made) > ROUNDS[length] / 4, "the loop wrote next to nothing"


def _cli(gateway, *words):
    return subprocess.run([program("litegw"), *words], env=gateway.env, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=30, check=False).returncode


def _load(gateway, key, stop):
    while not stop.is_set():
        try:
            gateway.post("/v1/chat/completions", chat("mock"), key, timeout=2)
        except Exception:  # the daemon dies under us: that is the point
            time.sleep(0.005)


def test_every_answered_request_but_the_last_quarter_second_has_its_row_after_a_kill():
    config = {"model_list": [{"model_name": "mock", "litellm_params": {"model": "mock/mock"}}]}
    with Gateway(config=config) as gateway:
        key = gateway.create_key()
        for _ in range(50):
            assert gateway.post("/v1/chat/completions", chat("mock"), key).status == 200
        time.sleep(0.6)
        gateway.kill()
        gateway.start()
        assert len(gateway.rows("-n", "1000")) == 50
