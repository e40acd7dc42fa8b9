"""What docs/operations.md promises to who runs it, and no other test shows."""
import json
import shutil
import signal
import threading

import pytest

from fake_upstream import Status, Stream, chunks, wait_until
from gateway import Gateway, chat

PATH = "/v1/chat/completions"
MOCK = [{"model_name": "mock", "litellm_params": {"model": "mock/mock"}}]


def model(api_base, api_key):
    return {"model_list": [{"model_name": "m", "litellm_params": {"model": "openai/m", "api_base": api_base + "/v1", "api_key": api_key}}]}


def sent_key(gateway, upstream, key):
    assert gateway.post(PATH, chat("m"), key).status == 200
    return upstream.requests[-1].header("authorization")


def test_usr1_reopens_the_log_after_it_was_moved_away(tmp_path):
    log, old = tmp_path / "litegwd.log", tmp_path / "litegwd.log.1"
    with Gateway(config={"model_list": MOCK, "log": {"file": str(log)}}) as gateway:
        gateway.cli("reload")
        log.rename(old)
        gateway.process.send_signal(signal.SIGUSR1)
        wait_until(log.exists, 5, "the new file")
        gateway.cli("reload")
        assert log.read_text().count("reloaded") == 1 and old.read_text().count("reloaded") == 1


def test_a_provider_key_in_a_file_is_read_again_by_a_reload(upstream, tmp_path):
    file = tmp_path / "provider.key"
    file.write_text("sk-first\n")
    with Gateway(config=model(upstream.url, f"file:{file}")) as gateway:
        key = gateway.create_key()
        assert sent_key(gateway, upstream, key) == "Bearer sk-first"
        file.write_text("sk-second\n")
        gateway.cli("reload")
        assert sent_key(gateway, upstream, key) == "Bearer sk-second"


def test_a_provider_key_is_taken_from_a_systemd_credential_and_from_the_environment(upstream, tmp_path):
    (tmp_path / "openai").write_text("sk-credential\n")
    with Gateway(config=model(upstream.url, "cred:openai"), env={"CREDENTIALS_DIRECTORY": str(tmp_path)}) as gateway:
        assert sent_key(gateway, upstream, gateway.create_key()) == "Bearer sk-credential"
    with Gateway(config=model(upstream.url, "os.environ/SOME_KEY"), env={"SOME_KEY": "sk-environment"}) as gateway:
        assert sent_key(gateway, upstream, gateway.create_key()) == "Bearer sk-environment"


def test_an_unset_variable_is_one_warning_that_names_model_variable_and_file(upstream):
    with Gateway(config=model(upstream.url, "os.environ/NO_SUCH_VARIABLE"), env={"NO_SUCH_VARIABLE": ""}) as gateway:
        gateway.env.pop("NO_SUCH_VARIABLE")
        gateway.stop()
        gateway.log_file.unlink()
        gateway.start()
        lines = [line for line in gateway.log_text().splitlines() if "NO_SUCH_VARIABLE" in line and "warning" in line]
        assert len(lines) == 1, gateway.log_text()
        assert "litegwd.env" in gateway.log_text() and "m" in lines[0]


def test_a_literal_key_that_others_can_read_is_a_warning_and_strict_refuses_it():
    with Gateway(config=model("http://127.0.0.1:9", "sk-literal"), start=False) as gateway:
        assert gateway.cli("config", "check", "--strict", str(gateway.config_file)).returncode == 0
        gateway.config_file.chmod(0o644)
        assert "literal 'api_key'" in gateway.cli("config", "check", str(gateway.config_file)).stdout
        strict = gateway.cli("config", "check", "--strict", str(gateway.config_file), check=False)
        assert strict.returncode == 8 and "sk-literal" not in strict.stderr + strict.stdout


def test_a_reload_says_what_waits_for_a_restart(tmp_path):
    with Gateway(config={"model_list": MOCK, "server": {"listen": ["127.0.0.1:0"]}}) as gateway:
        first = gateway.port
        gateway.config["server"]["listen"] = ["[::1]:0"]
        gateway.config["store"]["path"] = str(tmp_path / "elsewhere")
        gateway.write_config()
        told = gateway.cli("reload")
        text = told.stdout + told.stderr
        assert "store.path" in text and f"127.0.0.1:{first}" in text and "restart" in text, text
        assert gateway.get("/health/live").status == 200, "the old address is served until then"


def test_a_copy_of_the_folder_of_a_stopped_daemon_is_a_backup(tmp_path):
    with Gateway(config={"model_list": MOCK}) as gateway:
        key = gateway.create_key("kept")
        row = gateway.wait_row(gateway.post(PATH, chat("mock"), key))
        assert gateway.terminate() == 0
        shutil.copytree(gateway.folder / "state", tmp_path / "copy")
    with Gateway(config={"model_list": MOCK, "store": {"path": str(tmp_path / "copy")}}) as restored:
        assert restored.post(PATH, chat("mock"), key).status == 200
        assert restored.rows("-n", "10")[0]["id"] == row["id"]


def test_while_it_drains_health_is_503_and_who_is_connected_is_told_to_go(upstream):
    upstream.script(Stream(chunks(), gap=0.4))
    with Gateway(models={"m": upstream.url}) as gateway:
        key = gateway.create_key()
        streaming = threading.Thread(target=gateway.post, args=(PATH, chat("m", stream=True), key))
        waiting = gateway.connection()
        waiting.connect()
        waiting.sock.sendall(b"GET /health/ready HTTP/1.1\r\nHost: x\r\n")  # the head's end comes when it drains
        streaming.start()
        upstream.wait_for(1)
        gateway.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "draining" in gateway.log_text(), 5, "the drain")
        waiting.sock.sendall(b"\r\n")
        answer = b""
        while piece := waiting.sock.recv(4096):
            answer += piece
        assert answer.startswith(b"HTTP/1.1 503 ") and b"draining" in answer, answer
        streaming.join()
        assert gateway.process.wait(15) == 0


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_provider_key_is_502_and_the_row_names_the_credential(gateway, upstream, key, status):
    upstream.script(Status(status, {"error": {"message": "Incorrect API key provided", "type": "invalid_request_error", "code": "invalid_api_key", "param": None}}))
    reply = gateway.post(PATH, chat("m"), key)
    assert reply.status == 502, reply.text
    row = gateway.wait_row(reply)
    assert row["outcome"] == "upstream_failed" and row["error_code"] == "upstream_credential_refused", json.dumps(row)

