"""What leaves the machine is said before it does: the hosts that get photos."""

from __future__ import annotations

from pathlib import Path

import pytest

from twinlens import cli
from twinlens.core.spec import write
from twinlens.judges import openai_client
from twinlens.judges.chat import Chat
from twinlens.judges.destinations import destinations, notice

AWAY = 'chat(model="m", base_url="https://photos.example.test:8443/v1", retries=0)'
HERE = 'chat(model="m", base_url="http://localhost:8000/v1")'


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.mark.parametrize(
    ("judge", "hosts"),
    [
        ("expert", ()),
        (HERE, ()),
        ('chat(model="m", base_url="http://[::1]:8000/v1")', ()),
        (AWAY, ("photos.example.test",)),
        ('chat(model="m")', ("api.openai.com",)),
        (write("panel", {"judges": (AWAY, "measured", HERE, 'chat(model="m")')}),
         ("photos.example.test", "api.openai.com")),
        (write("duo", {"explains": AWAY}), ("photos.example.test",)),
    ],
)  # fmt: skip
def test_the_hosts_that_get_photos_are_known_for_every_judge(judge: str, hosts: tuple[str, ...]) -> None:
    assert destinations(judge) == hosts
    assert bool(notice(judge)) == bool(hosts)


def test_the_server_of_the_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://192.168.0.2/v1")
    assert notice(Chat("m")) == (
        "the photos and the prompts about them are sent to 192.168.0.2, and to no other host"
    )


@pytest.mark.parametrize("command", ["compare", "run", "score"])
def test_commands_say_it_once_on_standard_error(
    command: str,
    pictures: list[tuple[Path, Path]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = openai_client.CallError("refused", "not sent")
    monkeypatch.setattr(openai_client.Client, "call", lambda *_: refused)
    (tmp_path / "pairs.csv").write_text("id,a,b\n1,{},{}\n".format(*pictures[0]), "utf-8")
    run = ["run", str(tmp_path / "pairs.csv"), "--out", str(tmp_path / "run")]
    call = {
        "run": [*run, "--judge", AWAY],
        "compare": ["compare", "--json", *map(str, pictures[0]), "--judge", AWAY],
        "score": ["score", str(tmp_path / "run"), "--rater", AWAY],
    }
    if command == "score":
        cli.run([*run, "--judge", "measured"])
        capsys.readouterr()
    with pytest.raises(SystemExit):
        cli.main(call[command])
    line = "the photos and the prompts about them are sent to photos.example.test, and to no other host"
    assert capsys.readouterr().err.count(f"twinlens: {line}\n") == 1
