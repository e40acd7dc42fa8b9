"""What docs/cursor.md and litegw-cursor(7) show, works as it is written there: the proxies and the settings are run, the commands
too, and the table has every row that the tester names."""
import json
import os
import pathlib
import re
import subprocess
import threading

import pytest

from certificates import Authority
from gateway import Gateway, chat, program
from nginx import Nginx

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/cursor.md").read_text()
MANUAL = (ROOT / "man/litegw-cursor.7").read_text()
MOCK = {"model_list": [{"model_name": "gpt-4o", "litellm_params": {"model": "mock/mock"}}]}
PUBLIC = "https://llm.example.com"
CERTIFICATE = "/etc/letsencrypt/live/llm.example.com/fullchain.pem"
KEY = "/etc/letsencrypt/live/llm.example.com/privkey.pem"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)


def block_with(language, text):
    [found] = [block for block in blocks(language) if text in block]
    return found


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def daemon():
    with Gateway(config=MOCK) as gateway:
        gateway.key = gateway.create_key("page")
        yield gateway


def gateway_with(*sections):
    """A gateway that is not started yet, whose configuration has these sections as they are written."""
    gateway = Gateway(start=False)
    own = {"model_list": MOCK["model_list"], "store": gateway.config["store"]}
    gateway.write_config("".join(f"{name}: {json.dumps(value)}\n" for name, value in own.items()) + "".join(sections))
    return gateway


def replaced(text, pairs):
    for old, new in pairs:
        assert old in text, f"'{old}' is not there"
        text = text.replace(old, new)
    return text


def is_green(gateway, url, authority, *flags):
    done = gateway.cli("test", "--json", "--allow-private", "--base-url", url, *flags, check=False,
                       env={"LITEGW_API_KEY": gateway.key, "SSL_CERT_FILE": str(authority.file)})
    return done.returncode == 0, done.stdout + done.stderr


def test_the_nginx_server_carries_cursor(daemon, authority):
    certificate, key = authority.issue("127.0.0.1", days=90)
    server = replaced(block_with("nginx", "proxy_pass"), [
        ("listen 443 ssl", "listen 127.0.0.1:{port} ssl"), ("server_name llm.example.com", "server_name 127.0.0.1"),
        (CERTIFICATE, certificate), (KEY, key), ("http://127.0.0.1:4000", daemon.url)])
    with Nginx(server, scheme="https") as nginx:
        green, why = is_green(daemon, nginx.url + "/cursor", authority, "--deep", "--silence", "2s")
    assert green, why


def test_the_manual_page_has_the_same_servers_and_rows():
    for text in (block_with("nginx", "proxy_pass"), block_with("caddy", "reverse_proxy"), block_with("text", "cloudflared")):
        assert text in MANUAL
    assert re.findall(r"^\| (\d+) \|", PAGE, re.M) == re.findall(r"^\.It (\d+)$", MANUAL, re.M)


def test_the_table_has_every_row_that_the_tester_names():
    named = re.findall(r"constexpr int \w+ = (\d+);", (ROOT / "cmd/gateway/troubleshooting.h").read_text())
    rows = re.findall(r"^\| (\d+) \|", PAGE, re.M)
    assert len(named) > 20 and set(named) - {"0"} <= set(rows)
    assert rows == [str(number) for number in range(1, len(rows) + 1)]


def test_litegwds_own_tls_carries_cursor(authority, tmp_path):
    certificate, key = authority.issue("127.0.0.1", days=90)
    text = replaced(block_with("yaml", "tls:"), [(CERTIFICATE, certificate), (KEY, key), ("0.0.0.0:443", "127.0.0.1:0")])
    with gateway_with(text) as gateway:
        gateway.start(wait=False)
        gateway.key = wait_for_key(gateway)
        [listener] = [entry for entry in gateway.cli_json("status")["listeners"] if entry["purpose"] == "public"]
        assert listener["tls"]
        green, why = is_green(gateway, f"https://{listener['address']}/cursor", authority)
    assert green, why


def wait_for_key(gateway):
    """The key, once the control socket answers: readiness over plain http cannot be asked here."""
    for _ in range(200):
        done = gateway.cli("key", "create", "--name", "page", "--if-missing", check=False)
        if done.returncode == 0:
            return done.stdout.strip()
        threading.Event().wait(0.1)
    raise AssertionError(gateway.log_text())


def test_the_other_settings_load_and_the_alias_works():
    sections = [block.replace("server:\n", 'server:\n  listen: ["127.0.0.1:0"]\n') for block in blocks("yaml") if "tls:" not in block]
    assert len(sections) == 2
    with gateway_with(*sections) as gateway:
        gateway.start()
        key = gateway.create_key()
        assert gateway.post("/cursor/chat/completions", chat("team-gpt-4o"), key).status == 200
        listed = gateway.cli_json("model", "list", "--cursor")["items"][0]
        assert (listed["cursor_collision"], listed["cursor_alias"]) == ("gpt-*", "team-gpt-4o")
        setup = gateway.cli_json("cursor", "setup", "--no-wait")
        assert setup["base_url"] == PUBLIC + "/cursor" and setup["azure_base_url"] == PUBLIC


def test_the_caddyfile_and_the_tunnel_are_those_that_the_command_prints(daemon):
    """Caddy and cloudflared are not in Debian: that they work is not tested here."""
    printed = daemon.cli("cursor", "setup", "--no-wait").stderr
    unindented = re.sub(r"^  ", "", printed, flags=re.M).replace(f"127.0.0.1:{daemon.port}", "127.0.0.1:4000")
    for text in (block_with("caddy", "reverse_proxy"), block_with("text", "cloudflared")):
        assert text in unindented


def test_every_command_of_the_page_works(daemon, tmp_path):
    (tmp_path / "litegw").symlink_to(program("litegw"))
    env = {**daemon.env, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    lines = [line for block in blocks("sh") for line in block.strip().splitlines()]
    assert len(lines) >= 6
    for line in lines:
        words = line.replace(PUBLIC, daemon.url)
        if " test " in line:
            words += " --allow-private --silence 1s"
        done = subprocess.run(["bash", "-euc", words], env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False)
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"


def test_cursor_setup_says_that_cursor_came(daemon):
    key = daemon.create_key("for-cursor")
    env = {k: v for k, v in daemon.env.items() if not k.startswith("LITEGW_API")}
    with subprocess.Popen([program("litegw"), "cursor", "setup", "--key", "for-cursor", "--base-url", PUBLIC, "--timeout", "60s"], env=env,
                          text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        lines = iter(run.stderr.readline, "")
        assert any("Waiting for its first request" in line for line in lines)
        body = {"model": "gpt-4o", "input": [{"role": "user", "content": "hi"}], "stream": True}
        cursor = {"User-Agent": "Cursor/1.0"}
        assert daemon.post("/cursor/chat/completions", body, "sk-wrong-wrong-wrong-wrong", headers=cursor).status == 401
        assert any("its key is none of this gateway" in line for line in lines)
        assert daemon.post("/cursor/chat/completions", body, key, headers=cursor).status == 200
        assert run.wait(30) == 0
        assert "Cursor is here: model gpt-4o, shape responses, answered with 200" in run.stdout.read()


def test_cursor_setup_gives_up_when_nothing_comes(daemon):
    done = daemon.cli("cursor", "setup", "--base-url", PUBLIC, "--timeout", "1s", check=False)
    assert done.returncode == 124 and "litegw test" in done.stderr


# Row of the table: the test that shows what the gateway, the tester or the command line does about it.
SHOWN_BY = {
    1: "test_a_private_address_over_plain_http_is_refused_by_cursors_servers", 2: "test_no_url_is_exit_2", 3: "test_an_incomplete_chain_is_called_so",
    4: "test_a_firewall_page_is_no_refused_key", 5: "test_404_or_a_silent_model_after_a_wrong_base_url", 6: "test_invalid_api_key_is_said_for_bad_keys_only",
    8: "test_user_api_key_rate_limit_exceeded_hides_refusals_of_policy", 9: "test_rate_limit_exceeded_with_nothing_in_our_log_another_name_arrives",
    10: "test_model_is_already_available_never_reaches_us_but_a_stray_built_in_name_does", 11: "test_model_name_is_not_valid_is_said_before_cursor_says_it",
    13: "test_missing_required_parameter_messages_for_a_responses_body", 14: "test_missing_required_parameter_tools_custom_for_a_flat_custom_tool",
    15: "test_200_but_an_empty_chat_when_the_answer_is_not_chat", 16: "test_cannot_read_properties_of_undefined_name_for_a_custom_call",
    17: "test_missing_add_update_delete_file_when_a_patch_became_json", 18: "test_expected_an_array_with_minimum_length_1_for_empty_content",
    19: "test_invalid_user_message_at_index_for_anthropic_blocks", 20: "test_a_model_that_writes_tool_calls_as_text_has_lost_its_tools",
    21: "test_tool_names_must_be_unique", 22: "test_unknown_parameter_stream_options_include_usage",
    23: "test_unsupported_parameter_user_metadata_prompt_cache_retention", 24: "test_reasoning_must_be_passed_back",
    25: "test_function_call_is_missing_a_thought_signature", 26: "test_conversation_must_end_with_a_user_message",
    27: "test_a_chat_that_hangs_after_some_turns_gets_comments_in_silence", 28: "test_a_chat_that_stops_at_60_seconds_has_its_head_before",
    29: "test_long_chats_never_compact_without_a_usage_chunk", 30: "test_tool_arguments_are_not_cut_by_a_small_default",
    31: "test_variants_of_a_name_give_400_or_404", 32: "test_built_in_models_break_when_the_override_is_on_unless_told_where_to_go",
    33: "test_no_override_field_so_azure_is_served", 34: "test_azure_always_the_same_model_and_no_hang_for_other_bodies",
    35: "test_status_code_0_failed_to_fetch_without_cors", 36: "test_the_command_line_agent_is_told_404", 37: "test_there_is_a_row_for_whatever_worked",
    38: "test_request_too_large_is_said_above_32_mib_only", 39: "test_an_unknown_model_is_named",
}
NEVER_REACHES_US = {7, 12}  # Cursor's own: nothing arrives that could be seen


def test_every_row_has_the_test_that_is_named_after_it():
    rows = {int(row) for row in re.findall(r"^\| (\d+) \|", PAGE, re.M)}
    assert set(SHOWN_BY) == rows - NEVER_REACHES_US
    tests = {name for file in (ROOT / "tests/e2e").glob("test_*.py") for name in re.findall(r"^def (test_\w+)", file.read_text(), re.M)}
    assert set(SHOWN_BY.values()) <= tests and len(set(SHOWN_BY.values())) == len(SHOWN_BY)
