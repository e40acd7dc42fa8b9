"""Starts that cannot work, and ends: each says what is wrong and what to do, with its own exit code, and nothing is hurt."""
import json
import os
import shutil
import signal
import socket
import subprocess
import time

import pytest

from gateway import Gateway, chat, program

MOCK = {"model_list": [{"model_name": "mock", "litellm_params": {"model": "mock/mock"}}]}
CONFIG, STORE = 78, 70


def gateway(**more):
    return Gateway(config={**MOCK, **more.pop("config", {})}, **more)


def test_it_says_at_start_what_it_serves():
    with gateway() as running:
        text = running.log_text()
        for part in (str(running.config_file), str(running.folder / "state"), running.socket, f"127.0.0.1:{running.port}", "mock"):
            assert part in text, (part, text)
        assert "0 keys" in text and "litegw key create" in text


def test_at_rest_it_holds_little_memory():
    with gateway() as running:
        assert running.get("/health/liveliness").status == 200
        # LMDB asks for 2 MiB of zeros with each environment, which are not touched.
        assert running.is_sanitized() or running.own_kib() < 5 * 1024


def test_a_port_taken_by_another_program_is_named():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with gateway(start=False, listen=f"127.0.0.1:{port}") as failing:
            code, text = failing.run_to_end()
            assert code not in (0, -11, -6) and f"127.0.0.1:{port}" in text and "in use" in text, (code, text)


def test_a_port_taken_by_a_second_litegwd_is_refused_although_both_would_share_it():
    with gateway() as first:
        with gateway(start=False, listen=f"127.0.0.1:{first.port}") as second:
            code, text = second.run_to_end()
            assert code != 0 and f"127.0.0.1:{first.port}" in text, text
        assert first.get("/health/ready").status == 200


def test_the_socket_of_a_living_daemon_is_left_alone():
    with gateway() as first, gateway(start=False) as second:
        second.socket = first.socket
        code, text = second.run_to_end()
        assert code != 0 and first.socket in text, text
        assert first.cli("status").returncode == 0


def test_a_stale_socket_is_replaced():
    with gateway() as running:
        running.kill()
        assert os.path.exists(running.socket)
        running.start()
        assert running.cli("status").returncode == 0


def test_a_store_held_by_another_daemon_is_70_and_names_it():
    with gateway() as first:
        config = {"store": {"path": str(first.folder / "state")}}
        with gateway(start=False, config=config) as second:
            code, text = second.run_to_end()
            assert code == STORE and str(first.folder / "state") in text and str(first.process.pid) in text, (code, text)
        assert first.create_key().startswith("sk-")


def test_a_store_that_cannot_be_written_is_70(tmp_path):
    (tmp_path / "file").write_text("")  # root may write anywhere, but nobody makes a folder below a file
    with gateway(start=False, config={"store": {"path": str(tmp_path / "file" / "state")}}) as failing:
        code, text = failing.run_to_end()
        assert code == STORE and str(tmp_path / "file") in text, (code, text)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_a_store_folder_of_somebody_else_is_70(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    with gateway(start=False, config={"store": {"path": str(folder)}}) as failing:
        for path in (failing.folder, *tmp_path.parents, tmp_path):
            if str(path).startswith("/tmp/"):
                os.chmod(path, 0o755)
        os.chmod(failing.folder, 0o777)
        os.chmod(failing.config_file, 0o644)
        if subprocess.run(["runuser", "-u", "nobody", "--", program("litegwd"), "--version"], capture_output=True, check=False).returncode:
            pytest.skip("nobody cannot run the programs from here")
        done = subprocess.run(["runuser", "-u", "nobody", "--", *failing.command()], capture_output=True, text=True,
                              timeout=20, env=failing.env, check=False)
        assert done.returncode == STORE and str(folder) in done.stderr, done


def test_no_configuration_is_78_and_names_config_init(tmp_path):
    env = {**os.environ, "LITEGW_CONFIG": str(tmp_path / "nothing.yaml")}
    done = subprocess.run([program("litegwd")], env=env, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == CONFIG and "litegw config init" in done.stderr, done


def test_a_broken_configuration_is_78_with_every_problem_at_its_place():
    with gateway(start=False) as failing:
        failing.write_config("model_list:\n- model_name: m\n  litellm_params: {model: mock/m}\nserver:\n  listne: []\nstore: {on_full: perhaps}\n")
        code, text = failing.run_to_end()
        assert code == CONFIG, (code, text)
        assert f"{failing.config_file}:5:3" in text and "listen" in text and f"{failing.config_file}:6:" in text, text


def test_a_broken_file_changes_nothing_on_reload():
    with gateway() as running:
        key = running.create_key()
        running.write_config("server: {listne: []}\n")
        done = running.cli("reload", check=False)
        assert done.returncode == 8 or done.returncode == 1, done
        assert "listne" in done.stderr
        assert running.post("/v1/chat/completions", chat("mock"), key).status == 200


def test_a_reload_serves_new_models_and_drops_old_ones():
    with gateway() as running:
        key = running.create_key()
        running.config["model_list"] = [{"model_name": "newer", "litellm_params": {"model": "mock/newer"}}]
        running.write_config()
        running.cli("reload")
        assert running.post("/v1/chat/completions", chat("newer"), key).status == 200
        assert running.post("/v1/chat/completions", chat("mock"), key).status in (400, 404)
        running.config["model_list"].append({"model_name": "third", "litellm_params": {"model": "mock/third"}})
        running.write_config()
        running.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 5
        while running.post("/v1/chat/completions", chat("third"), key).status != 200:
            assert time.monotonic() < deadline, running.log_text()
            time.sleep(0.05)


def test_term_finishes_running_streams_and_exits_0(upstream):
    import http.client
    from fake_upstream import Stream, chunks
    with Gateway(models={"m": upstream.url}) as running:
        key = running.create_key()
        upstream.script(Stream(chunks(), gap=0.3))
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
        connection.request("POST", "/v1/chat/completions", json.dumps(chat("m", stream=True)), {"Authorization": f"Bearer {key}"})
        response = connection.getresponse()
        response.readline()
        running.process.send_signal(signal.SIGTERM)
        rest = response.read()
        assert b"[DONE]" in rest
        assert running.process.wait(10) == 0
        assert not os.path.exists(running.socket)


def test_a_second_term_stops_now(upstream):
    import http.client
    from fake_upstream import Stream, chunks
    with Gateway(models={"m": upstream.url}) as running:
        key = running.create_key()
        upstream.script(Stream(chunks()[:2], hang=True))
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
        connection.request("POST", "/v1/chat/completions", json.dumps(chat("m", stream=True)), {"Authorization": f"Bearer {key}"})
        connection.getresponse().readline()
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert running.process.poll() is None
        running.process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        running.process.wait(10)
        assert time.monotonic() - started < 3
        running.start()
        assert running.wait_rows(1)[-1]["outcome"] in ("shutdown", "cut")


def test_systemd_is_told_when_it_is_ready_reloads_and_stops(tmp_path):
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(10)
        env = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"}

        def until(word):
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                text = manager.recv(4096).decode()
                if word in text:
                    return text
            raise AssertionError(f"no {word}")

        with gateway(env=env, start=False) as running:
            running.start(wait=False)
            until("READY=1")
            running.wait_ready()
            until("WATCHDOG=1")
            running.cli("reload")
            assert "MONOTONIC_USEC=" in until("RELOADING=1")
            until("READY=1")
            running.process.send_signal(signal.SIGTERM)
            until("STOPPING=1")


def _fill(file):
    """To the last block."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT)
    try:
        for size in (1 << 16, 4096):
            try:
                while os.write(descriptor, b"\0" * size):
                    pass
            except OSError:
                pass
    finally:
        os.close(descriptor)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small tmpfs")
def test_a_full_disk_refuses_requests_and_recovers_without_a_restart(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True, check=False).returncode:
        pytest.skip("cannot mount a tmpfs here")
    try:
        with gateway(config={"store": {"path": str(disk / "state")}}) as running:
            key = running.create_key("before")
            filler = disk / "filler"
            _fill(filler)
            statuses = set()
            for _ in range(300):
                statuses.add(running.post("/v1/chat/completions", chat("mock"), key).status)
                if 503 in statuses or 507 in statuses:
                    break
                time.sleep(0.01)
            assert statuses & {503, 507}, statuses
            # The keys' environment may still have free pages of its own: then the key is kept, else refused.
            made_during = running.cli("key", "create", "--name", "during", check=False).returncode == 0
            assert running.process.poll() is None
            filler.unlink()
            deadline = time.monotonic() + 15
            while running.post("/v1/chat/completions", chat("mock"), key).status != 200:
                assert time.monotonic() < deadline, running.log_text()[-2000:]
                time.sleep(0.2)
            running.create_key("after")
            running.kill()
            running.start()
            names = {k["name"] for k in running.cli_json("key", "list")["items"]}
            assert {"before", "after"} <= names and ("during" in names) == made_during
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("runuser"), reason="needs root to become another user")
def test_a_stranger_is_refused_on_the_control_socket_with_the_command_that_lets_him_in():
    with gateway() as running:
        os.chmod(running.folder, 0o755)
        if subprocess.run(["runuser", "-u", "nobody", "--", program("litegw"), "version"], capture_output=True, check=False).returncode:
            pytest.skip("nobody cannot run the programs from here")
        done = subprocess.run(["runuser", "-u", "nobody", "--", program("litegw"), "--socket", running.socket, "key", "list"],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 4 and "usermod -aG litegw" in done.stderr, done


def test_the_cli_says_when_no_daemon_runs(tmp_path):
    done = subprocess.run([program("litegw"), "--socket", str(tmp_path / "none.sock"), "key", "list"], capture_output=True, text=True, check=False)
    assert done.returncode == 3 and "litegwd" in done.stderr
