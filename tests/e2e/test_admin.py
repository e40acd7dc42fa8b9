"""What an admin types about money and owners, with the real daemon: users, teams, budgets, blocking, backup and restore."""
import json
import threading

import pytest

from fake_upstream import Stream, chunks, wait_until
from gateway import Gateway, chat

PATH = "/v1/chat/completions"
MOCK = {"model_list": [{"model_name": "mock", "litellm_params": {"model": "mock/mock"}},
                       {"model_name": "other", "litellm_params": {"model": "mock/mock", "input_cost_per_token": 0.001,
                                                                  "output_cost_per_token": 0.002}}]}


@pytest.fixture
def mock():
    with Gateway(config=MOCK) as running:
        yield running


@pytest.mark.parametrize("noun", ["user", "team"])
def test_an_owner_is_made_shown_changed_blocked_and_deleted(mock, noun):
    made = mock.cli_json(noun, "create", "--name", "ada", "--budget", "100/month", "--rpm", "600")
    assert made["schema"] == f"litegw.{noun}.v1" and made["created"] is True
    secret = mock.create_key("laptop", f"--{noun}", "ada")
    assert mock.cli_json("key", "show", "laptop")[noun] == "ada"
    assert mock.post(PATH, chat("mock"), secret).status == 200
    assert mock.cli(noun, "list", "-o", "name").stdout == "ada\n"
    mock.cli(noun, "update", "ada", "--budget", "200/month", "--unset", "rpm")
    shown = mock.cli_json(noun, "show", made["id"][:12])
    assert shown["budgets"][0]["amount_usd"] == "200" and shown["rpm"] is None and shown["keys"] == 1
    refused = mock.cli(noun, "delete", "ada", "--yes", check=False)
    assert refused.returncode == 6, refused.stderr
    mock.cli(noun, "block", "ada")
    assert mock.post(PATH, chat("mock"), secret).status == 401
    mock.cli(noun, "unblock", "ada")
    assert mock.post(PATH, chat("mock"), secret).status == 200
    mock.cli("key", "delete", "laptop", "--yes")
    mock.cli(noun, "delete", "ada", "--yes")
    assert mock.cli(noun, "show", "ada", check=False).returncode == 5


def test_a_key_of_nobody_is_refused_with_the_nearest_name(mock):
    mock.cli("user", "create", "--name", "ada")
    done = mock.cli("key", "create", "--name", "x", "--user", "adda", check=False)
    assert done.returncode == 5 and "did you mean 'ada'?" in done.stderr
    assert mock.cli_json("key", "list")["items"] == []


def test_reports_name_owners_and_group_by_any_two(mock):
    mock.cli("user", "create", "--name", "ada")
    mock.cli("team", "create", "--name", "web")
    secret = mock.create_key("ci", "--user", "ada", "--team", "web", "--tag", "nightly")
    for model in ("mock", "other", "other"):
        assert mock.post(PATH, chat(model), secret).status == 200
    mock.wait_rows(3)
    wanted = {"key": "ci", "user": "ada", "team": "web", "provider": "mock", "tag": "nightly"}
    for first in wanted:
        for second in ("model", "day", "hour", *wanted):
            if first == second:
                continue
            report = mock.cli_json("spend", "report", "--by", f"{first},{second}", "--since", "today")
            assert report["by"] == [first, second]
            assert sum(item["requests"] for item in report["items"]) == 3, (first, second)
            assert all(item["by"][0] == wanted[first] for item in report["items"]), (first, second)
    table = mock.cli("spend", "report", "--by", "team,model", "-o", "csv").stdout.splitlines()
    assert table[0].startswith("team,model,cost") and any(line.startswith("web,other,") for line in table)
    assert [row["user"] for row in mock.rows("--user", "ada")] == ["ada"] * 3
    assert len(mock.cli("log", "export", "--team", "web").stdout.splitlines()) == 3


def test_every_change_has_a_row_with_who_before_and_after(mock):
    mock.cli("team", "create", "--name", "web", "--budget", "5/day")
    mock.cli("team", "update", "web", "--budget", "7/day")
    mock.create_key("ci", "--team", "web")
    mock.cli("team", "block", "web")
    items = mock.cli_json("audit", "list", "--target", "web")["items"]
    assert len(items) == 3 and all(item["actor"].startswith("uid ") for item in items)
    budgets = [[change and change["budgets"] for change in item["change"].values()] for item in items]
    five, seven = [{"amount_usd": "5", "window": "day"}], [{"amount_usd": "7", "window": "day"}]
    assert budgets == [[None, five], [five, seven], [seven, seven]], items
    assert mock.cli_json("audit", "list", "--actor", "uid 4242")["items"] == []


def test_blocking_now_ends_the_keys_streams_and_nobody_elses(gateway, upstream):
    first, second = gateway.create_key("first"), gateway.create_key("second")
    upstream.script(Stream(chunks()[:3], hang=True), model="m")
    answers = {}

    def ask(name, key):
        answers[name] = gateway.post(PATH, chat("m", stream=True), key, timeout=20)

    threads = [threading.Thread(target=ask, args=pair) for pair in (("first", first), ("second", second))]
    for thread in threads:
        thread.start()
    upstream.wait_for(2)
    wait_until(lambda: gateway.cli_json("status")["active_streams"] == 2, what="two streams")
    gateway.cli("key", "block", "first", "--now")
    threads[0].join(5)
    assert not threads[0].is_alive() and threads[1].is_alive()
    row = next(row for row in gateway.wait_rows(1) if row["key_name"] == "first")
    assert row["error_code"] == "blocked_key" or "blocked" in row["error_message"], row
    assert gateway.post(PATH, chat("m"), first).status == 401
    gateway.cli("key", "block", "second", "--now")
    threads[1].join(5)
    assert not threads[1].is_alive()


def test_a_backup_put_back_has_the_keys_and_reports_of_then(mock, tmp_path):
    secret = mock.create_key("kept", "--budget", "100/month")
    assert mock.post(PATH, chat("other"), secret).status == 200
    mock.wait_rows(1)
    file = tmp_path / "copy.mdb"
    mock.cli("store", "backup", str(file))
    assert mock.cli("store", "backup", str(file), check=False).returncode == 6
    before = mock.cli_json("spend", "report", "--by", "key", "--since", "today")
    mock.create_key("later")
    assert mock.cli("store", "restore", str(file), "--yes", check=False).returncode == 6
    mock.stop()
    flags = ("--config", str(mock.config_file))
    assert mock.cli("store", "restore", str(mock.config_file), "--yes", *flags, check=False).returncode == 1
    mock.cli("store", "restore", str(file), "--yes", *flags)
    assert mock.cli("store", "check", *flags).returncode == 0
    mock.start()
    assert mock.cli("key", "list", "-o", "name").stdout == "kept\n"
    after = mock.cli_json("spend", "report", "--by", "key", "--since", "today")
    assert after["items"][0]["cost_usd"] == before["items"][0]["cost_usd"]
    assert mock.cli("store", "check").returncode == 0


def test_prices_say_where_they_come_from(mock):
    shown = mock.cli_json("model", "show", "other")["deployments"][0]["price"]
    assert shown["input"] == "1000" and "/litegw.yaml:" in shown["sources"]["input"]
    secret = mock.create_key("ci")
    mock.post(PATH, chat("other"), secret)
    row = mock.wait_rows(1)[0]
    explained = mock.cli_json("log", "show", row["id"])["cost_explanation"]
    assert "$1000" in explained.replace(",", "") and "litegw.yaml" in explained, explained


BAD = [
    ("--budget", "lots", "--budget"), ("--budget", "-5/day", "--budget"), ("--budget", "5/30", "--budget"),
    ("--budget", "5/fortnight", "--budget"), ("--budget", "1e5", "--budget"), ("--budget", "99999999999999999999", "--budget"),
    ("--budget", "NaN", "--budget"), ("--rpm", "0", "rpm"), ("--rpm", "-1", "rpm"), ("--tpm", "1.5", "tpm"),
    ("--models", "mok", "models"), ("--model-rpm", "mock", "--model-rpm"), ("--model-budget", "mock=5/year", "--model-budget"),
    ("--model-budget", "mok=5/day", "model_limits"), ("--name", "a\nb", "name"), ("--name", "\x1b[31mred", "name"),
    ("--name", " blank", "name"), ("--name", "n" * 100_000, "name"), ("--metadata", "x", "--metadata"),
]


@pytest.mark.parametrize("noun", ["key", "user", "team"])
def test_bad_input_names_the_field_and_the_form_and_writes_nothing(mock, noun):
    for flag, value, field in BAD:
        words = [noun, "create", f"{flag}={value}"]
        if flag != "--name":
            words.append("--name=good")
        done = mock.cli(*words, check=False)
        assert done.returncode == 2, (words, done.stderr)
        assert field in done.stderr and "do:" in done.stderr and "\x1b" not in done.stderr, (words[:3], done.stderr)
        assert len(done.stderr) < 1000, (flag, len(done.stderr))
    assert mock.cli_json(noun, "list")["items"] == []
    mock.cli(noun, "create", "--name", "taken")
    assert mock.cli(noun, "create", "--name", "taken", check=False).returncode == 6
    done = mock.cli(noun, "update", "takn", "--rpm", "5", check=False)
    assert done.returncode == 5 and "did you mean 'taken'?" in done.stderr
