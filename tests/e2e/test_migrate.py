"""docs/migrate.md: its examples work as they are written, and keys that move in from LiteLLM go on working."""
import hashlib
import json
import os
import pathlib
import random
import re
import subprocess
import threading

from gateway import Gateway, chat, program

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "migrate.md").read_text()
PATH = "/v1/chat/completions"
MOCK = {"model_list": [{"model_name": "mock", "litellm_params": {"model": "mock/mock", "input_cost_per_token": 0.001,
                                                                "output_cost_per_token": 0.002}}]}
SECRETS = ["sk-RV-l2BJEZ_LYNChSx2EueQ", "sk-9hYJmN0aX3rKQpB7TzUwVg"]


def record(secret, alias, **more):
    return {"token": hashlib.sha256(secret.encode()).hexdigest(), "key_name": "sk-..." + secret[-4:], "key_alias": alias, "spend": 0.0,
            "max_budget": None, "expires": None, "models": [], "aliases": {}, "config": {}, "user_id": "default_user_id", "team_id": None,
            "max_parallel_requests": None, "metadata": {}, "tpm_limit": None, "rpm_limit": None, "budget_duration": None,
            "budget_reset_at": None, "allowed_cache_controls": [], "allowed_routes": [], "permissions": {}, "model_spend": {},
            "model_max_budget": {}, "soft_budget_cooldown": False, "blocked": None, "litellm_budget_table": None, "org_id": None,
            "created_at": "2026-08-30T20:28:00.123000Z", "created_by": "default_user_id", "updated_at": "2026-08-30T20:28:00.123000Z", **more}


def pages():
    return [{"keys": [record(SECRETS[0], "ci", max_budget=10.0, budget_duration="30d", spend=1.25, team_id="t-1", team_alias="web",
                             team_max_budget=500.0, user_id="u-1", user_email="ada@example.com", user_max_budget=50.0)],
             "total_count": 2, "current_page": 1, "total_pages": 2},
            {"keys": [record(SECRETS[1], "laptop", rpm_limit=600, models=["mock"], soft_budget=5.0)],
             "total_count": 2, "current_page": 2, "total_pages": 2}]


def test_every_example_of_the_guide_works(tmp_path):
    (tmp_path / "litegw").symlink_to(program("litegw"))
    (tmp_path / "keys.json").write_text(json.dumps(pages()))
    with Gateway(config=MOCK) as gateway:
        (tmp_path / "litellm-config.yaml").write_text(gateway.config_file.read_text())
        env = {**gateway.env, "PATH": f"{tmp_path}:{pathlib.Path(program('litegwd')).parent}:{os.environ['PATH']}"}
        blocks = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.M | re.S)
        lines = [line for block in blocks for line in block.strip().splitlines()]
        assert len(lines) >= 8
        for line in lines:
            done = subprocess.run(["bash", "-euc", line], env=env, cwd=tmp_path, capture_output=True, text=True,
                                  stdin=subprocess.DEVNULL, timeout=60, check=False)
            assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        assert sorted(gateway.cli("key", "list", "-o", "name").stdout.split()) == ["ci", "laptop"]


def test_keys_go_on_working_with_what_they_had_left_and_come_twice_without_harm():
    with Gateway(config=MOCK) as gateway:
        dry = gateway.cli("key", "import", "-", "--dry-run", input=json.dumps(pages()))
        assert gateway.cli_json("key", "list")["items"] == [] and "ci" in dry.stdout
        for secret in SECRETS:
            assert gateway.post(PATH, chat("mock"), secret).status == 401
        for _ in range(2):
            report = gateway.cli_json("key", "import", "-", input=json.dumps(pages()))
            assert report["imported"] is True
            for secret in SECRETS:
                assert gateway.post(PATH, chat("mock"), secret).status == 200
            assert gateway.cli_json("key", "show", "ci")["user"] == "ada@example.com"
        key = gateway.cli_json("key", "show", "ci")
        assert key["budgets"][0]["window"] == "litellm:30d" and float(key["budgets"][0]["spent_usd"]) >= 1.25
        notes = json.dumps(report["items"])
        assert "soft_budget" in notes and "bounds this team key" in notes
        assert gateway.cli("store", "check").returncode == 0


def test_a_list_with_one_bad_key_imports_none():
    with Gateway(config=MOCK) as gateway:
        bad = [*pages()[0]["keys"], {"token": "short", "key_alias": "bad"}]
        done = gateway.cli("key", "import", "-", input=json.dumps({"keys": bad}), check=False)
        assert done.returncode == 6 and "bad" in done.stdout, done.stderr
        assert gateway.cli_json("key", "list")["items"] == [] and gateway.cli_json("team", "list")["items"] == []


def test_an_import_that_is_killed_and_repeated_counts_nothing_twice(length):
    """LiteLLM's keys go on spending between the imports, and each import dies at another moment."""
    keys = [(f"sk-imported-{i:04}-0123456789", f"k{i}") for i in range(200)]
    with Gateway(config=MOCK) as gateway:
        # Within one window of all keys, whatever the date.
        for round_number in range({"quick": 3, "gate": 8, "long": 100}[length]):
            spend = 1.25 + round_number
            document = json.dumps({"keys": [record(secret, name, max_budget=5000.0, spend=spend) for secret, name in keys]})
            killer = threading.Timer(random.uniform(0.02, 0.3), gateway.process.kill)
            killer.start()
            gateway.cli("key", "import", "-", input=document, check=False)
            killer.join()
            gateway.process.wait()
            gateway.start()
            here = gateway.cli_json("key", "list", "--limit", "1000")["items"]
            assert len(here) in (0, 200), "half of a list was imported"
            known = {key["budgets"][0]["spent_usd"] for key in here}
            assert len(known) <= 1, f"half of the spend was imported: {known}"
            gateway.cli("key", "import", "-", input=document)
            gateway.cli("key", "import", "-", input=document)
            spent = {float(key["budgets"][0]["spent_usd"]) for key in gateway.cli_json("key", "list", "--limit", "1000")["items"]}
            assert spent == {spend}, spent
        assert gateway.cli_json("store", "check")["problems"] == []
