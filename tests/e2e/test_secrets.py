"""Canaries: no key that was issued and no provider key turns up in a log, the store, an answer or a row."""
import re

from fake_upstream import Raw, Status, Stream, chunks
from gateway import Gateway, chat

PROVIDER = "sk-provider-canary-2b7e151628aed2a6"
MASTER = "sk-master-canary-abf7158809cf4f3c"


def test_no_key_is_written_anywhere(upstream):
    config = {"general_settings": {"master_key": MASTER}, "log": {"level": "debug"}}
    with Gateway(models={"m": upstream.url}, config=config, provider_key=PROVIDER) as gateway:
        secrets, answers = [], []
        for number in range(5):
            made = gateway.cli_json("key", "create", "--name", f"k{number}")
            secrets.append(made["key"])
        secrets.append(gateway.cli("key", "rotate", "k4").stdout.strip())
        echo = {"error": {"message": f"Incorrect API key provided: {PROVIDER}", "type": "x", "code": None, "param": None}}
        upstream_answers = [None, Status(401, echo), Status(400, echo), Status(500, PROVIDER), Raw(["rst"]),
                            Status(200, PROVIDER, content_type="text/html"),
                            Status(200, {"ok": 1}, headers={"set-cookie": "s=1", "x-goog-api-key": PROVIDER, "openai-organization": "org-canary"}),
                            Stream(chunks()[:2] + [echo], done=False)]
        for scripted in upstream_answers:
            upstream.reset()
            if scripted is not None:
                upstream.script(scripted, model="m")
            for stream in (False, True):
                for path in ("/v1/chat/completions", "/cursor/chat/completions"):
                    for sent in (secrets[0], MASTER, secrets[0] + "x"):
                        answer = gateway.post(path, chat("m", stream=stream), sent)
                        answers.append(answer.text + str(answer.headers))
        gateway.cli("key", "block", "k1")
        answers.append(gateway.post("/v1/chat/completions", chat("m"), secrets[1]).text)
        gateway.post("/v1/chat/completions", b"{broken" + secrets[0].encode(), secrets[0])
        gateway.get(f"/v1/models/{secrets[0]}", secrets[0])
        said = [gateway.cli(*words).stdout for words in (
            ("key", "list", "--json"), ("key", "show", "k0", "--json"), ("log", "tail", "-n", "1000", "-o", "jsonl"),
            ("config", "show"), ("config", "show", "--json"), ("status", "--json"), ("model", "list", "--json"), ("model", "show", "m", "--json"))]
        gateway.terminate()
        places = {"the log": gateway.log_text(), "an answer": "\n".join(answers), "the CLI": "\n".join(said)}
        for file in (gateway.folder / "state").rglob("*"):
            if file.is_file():
                places[f"the store ({file.name})"] = file.read_bytes().decode("latin-1")
        for place, text in places.items():
            for secret in [*secrets, PROVIDER, MASTER]:
                assert secret not in text, f"{secret} is in {place}: {re.findall('.{0,80}' + re.escape(secret), text)[:2]}"
        assert "org-canary" not in places["an answer"] and "s=1" not in places["an answer"]
