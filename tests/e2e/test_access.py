"""Who may call what: virtual keys, their states, and the ways around them that must not work."""
import json

import pytest

from gateway import Gateway, chat

OTHER = {"model_list": [{"model_name": name, "litellm_params": {"model": f"mock/{name}"}} for name in ("allowed", "secret")]}
CHAT, CURSOR = "/v1/chat/completions", "/cursor/chat/completions"


@pytest.fixture
def two_models():
    with Gateway(config=OTHER) as gateway:
        yield gateway


def refused(answer, status, code=None):
    assert answer.status == status, answer.text
    error = answer.error
    assert set(error) >= {"message", "type", "param", "code"} and isinstance(error["code"], (str, type(None)))
    if code:
        assert error["code"] == code
    return error


def test_nothing_is_open_by_default():
    with Gateway(config=OTHER) as gateway:
        for path in (CHAT, CURSOR):
            refused(gateway.post(path, chat("allowed")), 401)
            refused(gateway.post(path, chat("allowed"), "sk-1234"), 401)
        refused(gateway.get("/v1/models"), 401)


@pytest.mark.parametrize("headers", [
    {"Authorization": "Bearer {}"}, {"authorization": "bearer {}"}, {"x-api-key": "{}"}, {"api-key": "{}"}])
def test_a_key_is_read_from_each_header(two_models, headers):
    key = two_models.create_key()
    sent = {name: value.format(key) for name, value in headers.items()}
    assert two_models.post(CHAT, chat("allowed"), headers=sent).status == 200


@pytest.mark.parametrize("sent", [None, "", "not-a-key", "sk-unknown-but-well-formed", "a" * 64])
def test_a_missing_or_unknown_key_is_401_and_never_echoed(two_models, sent):
    for path in (CHAT, CURSOR):
        answer = two_models.post(path, chat("allowed"), sent)
        refused(answer, 401, "invalid_api_key" if path == CURSOR else None)
        assert not sent or sent not in answer.text


def test_the_hash_of_a_key_is_not_a_key(two_models):
    two_models.create_key("victim")
    shown = two_models.cli_json("key", "show", "victim")
    refused(two_models.post(CHAT, chat("allowed"), shown["hash"]), 401)


def test_a_blocked_key_fails_on_the_next_request_and_works_again_after_unblock(two_models):
    key = two_models.create_key("alice")
    for _ in range(20):
        assert two_models.post(CHAT, chat("allowed"), key).status == 200
        two_models.cli("key", "block", "alice")
        refused(two_models.post(CHAT, chat("allowed"), key), 401)
        refused(two_models.post(CURSOR, chat("allowed"), key), 400)
        two_models.cli("key", "unblock", "alice")
    assert two_models.post(CHAT, chat("allowed"), key).status == 200


def test_a_deleted_key_fails_on_the_next_request(two_models):
    key = two_models.create_key("alice")
    two_models.cli("key", "delete", "alice", "--yes")
    refused(two_models.post(CHAT, chat("allowed"), key), 401)


def test_a_rotated_key_has_a_new_secret_and_the_same_id(two_models):
    old = two_models.create_key("alice")
    before = two_models.cli_json("key", "show", "alice")["id"]
    new = two_models.cli("key", "rotate", "alice").stdout.strip()
    assert new != old and two_models.cli_json("key", "show", "alice")["id"] == before
    refused(two_models.post(CHAT, chat("allowed"), old), 401)
    assert two_models.post(CHAT, chat("allowed"), new).status == 200


def test_an_expired_key_says_so(two_models):
    import time
    key = two_models.create_key("brief", "--expires", "1s")
    time.sleep(1.3)
    error = refused(two_models.post(CHAT, chat("allowed"), key), 401)
    assert "expired" in error["message"].lower() and error["type"] == "expired_key"
    refused(two_models.post(CURSOR, chat("allowed"), key), 400)


def test_a_model_outside_the_keys_list_is_refused_and_not_listed(two_models):
    key = two_models.create_key("narrow", "--models", "allowed")
    error = refused(two_models.post(CHAT, chat("secret"), key), 403)
    assert error["type"] == "key_model_access_denied"
    refused(two_models.post(CURSOR, chat("secret"), key), 400, "model_not_allowed")
    assert [m["id"] for m in two_models.get("/v1/models", key).json["data"]] == ["allowed"]
    assert two_models.get("/v1/models/secret", key).status == 404


@pytest.mark.parametrize("body", [
    b'{"model":"allowed","mod\\u0065l":"secret","messages":[]}',
    b'{"mod\\u0065l":"secret","messages":[],"model":"allowed"}',
    b'{"model":"allowed","messages":[],"model":"secret"}',
    b'{"model":"allowed","messages":[],"stream":false,"str\\u0065am":true}',
])
def test_a_name_written_twice_is_refused_however_it_is_escaped(two_models, body):
    key = two_models.create_key("narrow", "--models", "allowed")
    refused(two_models.post(CHAT, body, key), 400)


def test_an_escaped_model_name_is_still_checked(two_models):
    key = two_models.create_key("narrow", "--models", "allowed")
    refused(two_models.post(CHAT, b'{"mod\\u0065l":"secr\\u0065t","messages":[{"role":"user","content":"x"}]}', key), 403)
    assert two_models.post(CHAT, b'{"mod\\u0065l":"all\\u006fwed","messages":[{"role":"user","content":"x"}]}', key).status == 200


@pytest.mark.parametrize("stream", ['"true"', "1", "[]", "{}"])
def test_a_stream_that_is_no_boolean_is_400(two_models, stream):
    key = two_models.create_key()
    error = refused(two_models.post(CHAT, '{"model":"allowed","messages":[],"stream":%s}' % stream, key), 400)
    assert "stream" in error["message"]


def test_the_master_key_calls_every_model_and_administers_nothing():
    with Gateway(config={**OTHER, "general_settings": {"master_key": "sk-master-0123456789"}}) as gateway:
        master = "sk-master-0123456789"
        assert gateway.post(CHAT, chat("allowed"), master).status == 200
        assert gateway.post(CHAT, chat("secret"), master).status == 200
        for path in ("/key/generate", "/key/delete", "/model/new", "/user/new", "/config/update"):
            assert gateway.post(path, {}, master).status == 404
        assert master not in gateway.log_text()


def test_a_key_of_the_users_own_choice(two_models):
    two_models.cli("key", "create", "--name", "mine", "--key-file", "-", input="sk-my-own-choice-0123\n")
    assert two_models.post(CHAT, chat("allowed"), "sk-my-own-choice-0123").status == 200


def test_keyless_floods_leave_at_most_ten_rows_a_second(two_models):
    import time
    started = time.monotonic()
    count = 0
    while time.monotonic() - started < 2:
        two_models.post(CHAT, chat("allowed"))
        count += 1
    took = time.monotonic() - started
    time.sleep(0.6)
    rows = two_models.rows("-n", "100000")
    assert count > 100 and len(rows) <= 10 * (took + 1), (count, len(rows))
    assert rows
    key = two_models.create_key()
    assert two_models.post(CHAT, chat("allowed"), key).status == 200
    assert any(row["status"] == 200 for row in two_models.wait_rows(len(rows) + 1))


def test_keys_are_made_shown_once_and_listed(two_models):
    made = two_models.cli_json("key", "create", "--name", "x", "--models", "allowed")
    assert made["schema"] == "litegw.key.v1" and len(made["key"]) == 25 and made["key"].startswith("sk-")
    listed = two_models.cli("key", "list", "--json").stdout
    assert made["key"] not in listed and made["key"][-4:] in listed
    assert [k["name"] for k in json.loads(listed)["items"]] == ["x"]
    assert two_models.cli("key", "create", "--name", "x", check=False).returncode == 6
    assert two_models.cli("key", "show", "nobody", check=False).returncode == 5
