"""Checkpoints of the local judge: how they are loaded, what of them can be wrong, and what is shared."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers", reason="the extra local is not installed")

import tiny_checkpoint
from twinlens.core import catalog
from twinlens.core.errors import BadInput, BadSpec, MissingExtra, TwinlensError
from twinlens.core.types import Batched, Explainer, Failure, Pair, Photo, Verdict
from twinlens.judges import checkpoint
from twinlens.judges.local import Local


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint.qwen3_vl(tmp_path_factory.mktemp("checkpoint") / "model")


def copied(folder: Path, to: Path) -> Path:
    return Path(shutil.copytree(folder, to / "copy"))


def pair(seed: int = 0, side: int = 96) -> Pair:
    made = np.random.default_rng(seed).integers(0, 256, (2, side, side, 3), np.uint8)
    return Pair(f"p{seed}", Photo("a", "a", made[0]), Photo("b", "b", made[1]))


def swapped(one: Pair) -> Pair:
    return Pair(one.id, one.b, one.a)


def local(folder: Path, **arguments: Any) -> Local:
    return Local(str(folder), **{"device": "cpu", "reasons": False, "crops": 0, **arguments})


def p_a(outcome: Verdict | Failure) -> float:
    assert isinstance(outcome, Verdict), outcome
    return outcome.p_a


def loaded(judge: Local) -> checkpoint.LoadedModel:
    return checkpoint.load(judge.model, judge.adapter, judge.device, judge.dtype, judge.four_bit)


def test_its_spec_gives_it_back(folder: Path) -> None:
    judge = local(folder, batch=3)
    assert catalog.part("judges", catalog.spec(judge)) == judge
    assert isinstance(judge, Batched)
    assert isinstance(judge, Explainer)


def test_each_image_goes_through_the_vision_tower_once(folder: Path, tmp_path: Path) -> None:
    judge = local(copied(folder, tmp_path), reasons=True, max_tokens=4)
    looked = []
    visual = loaded(judge).model.model.visual
    visual.register_forward_hook(lambda module, given, out: looked.append(1))
    judge.judge_many([shown for seed in range(3) for shown in (pair(seed), swapped(pair(seed)))])
    assert len(looked) == 6
    judge.explain(pair(0), "a")
    assert len(looked) == 6


def test_what_was_read_is_not_read_again_for_the_reasons(folder: Path, tmp_path: Path) -> None:
    judge = local(copied(folder, tmp_path), reasons=True, max_tokens=1, crops=1)
    tokens: list[tuple[int, int]] = []
    text = loaded(judge).model.model.language_model
    text.register_forward_pre_hook(
        lambda module, given, named: tokens.append(tuple(named["inputs_embeds"].shape[:2])), with_kwargs=True
    )
    shown = [pair(0), swapped(pair(0))]
    judge.judge_many(shown)
    (_, start), (rows, whole), (_, rest) = tokens
    assert rows == 2
    assert start > 50
    assert rest < whole
    judge.judge_many(shown)
    assert tokens[3:] == tokens[1:3]


@pytest.mark.parametrize(
    "name", ["config.json", "model.safetensors", "tokenizer.json", "processor_config.json"]
)
@pytest.mark.parametrize("how", ["gone", "cut"])
def test_a_broken_folder_is_an_error_of_one_line(folder: Path, tmp_path: Path, name: str, how: str) -> None:
    broken = copied(folder, tmp_path)
    file = broken / name
    data = file.read_bytes()
    file.unlink()
    if how == "cut":
        file.write_bytes(data[: len(data) // 2])
    with pytest.raises(TwinlensError) as raised:
        local(broken).judge(pair())
    assert "\n" not in str(raised.value)
    assert str(broken) in str(raised.value)


CODE = """
from pathlib import Path

Path(__file__).with_name("ran").touch()
class Mine:
    @classmethod
    def from_pretrained(cls, *arguments, **options):
        raise SystemExit(3)
"""


@pytest.mark.parametrize("where", ["config.json", "processor_config.json", "preprocessor_config.json"])
def test_code_that_a_checkpoint_brings_never_runs_whatever_standard_input_says(
    folder: Path, tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = copied(folder, tmp_path)
    (broken / "mine.py").write_text(CODE, "utf-8")
    record = json.loads((broken / "processor_config.json").read_text("utf-8"))
    if where == "preprocessor_config.json":  # as older checkpoints have it, made by the type of the model
        (broken / "processor_config.json").unlink()
        (broken / "video_preprocessor_config.json").write_text(json.dumps(record["video_processor"]), "utf-8")
        record = {**record["image_processor"], "image_processor_type": "Mine"}
    elif where == "config.json":
        record = {**json.loads((broken / where).read_text("utf-8")), "model_type": "mine"}
    else:
        record["processor_class"] = "Mine"
    kinds = "AutoConfig", "AutoProcessor", "AutoImageProcessor", "AutoModelForImageTextToText"
    record["auto_map"] = dict.fromkeys(kinds, "mine.Mine")
    (broken / where).write_text(json.dumps(record), "utf-8")
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "modules"))
    with pytest.raises(BadInput, match="it brings code of its own, which is never run"):
        local(broken).judge(pair())
    assert list(tmp_path.rglob("ran")) == []


def test_weights_that_would_run_code_are_refused(folder: Path, tmp_path: Path) -> None:
    import torch

    broken = copied(folder, tmp_path)
    (broken / "model.safetensors").unlink()
    torch.save({"lm_head.weight": Touching(str(tmp_path / "ran"))}, broken / "pytorch_model.bin")
    with pytest.raises(BadInput, match="cannot be loaded"):
        local(broken).judge(pair())
    assert not (tmp_path / "ran").exists()


class Touching:
    """What makes a file where it is unpickled."""

    def __init__(self, file: str) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return Path.touch, (Path(self.file),)


def test_a_chat_template_that_takes_all_memory_is_refused(folder: Path, tmp_path: Path) -> None:
    broken = copied(folder, tmp_path)
    (broken / "chat_template.jinja").write_text("{{ 'x' * 10**10 }}", "utf-8")
    with pytest.raises(BadInput, match="chat template cannot be filled in: it takes more memory than"):
        local(broken).judge(pair())


def test_weights_that_are_missing_are_not_drawn_at_random(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    broken = copied(folder, tmp_path)
    weights = load_file(broken / "model.safetensors")
    weights.pop("model.language_model.layers.1.mlp.up_proj.weight")
    save_file(weights, broken / "model.safetensors", {"format": "pt"})
    with pytest.raises(BadInput, match=r"1 weights are missing .*layers\.1\.mlp\.up_proj"):
        local(broken).judge(pair())


def test_a_tokenizer_with_one_token_for_both_answers_is_refused(folder: Path, tmp_path: Path) -> None:
    broken = copied(folder, tmp_path)
    file = broken / "tokenizer.json"
    record = json.loads(file.read_text("utf-8"))
    record["normalizer"] = {"type": "Replace", "pattern": {"String": "B"}, "content": "AA"}
    file.write_text(json.dumps(record), "utf-8")
    with pytest.raises(BadInput, match="no probability can be read"):
        local(broken).judge(pair())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"device": "abacus"}, "device='abacus'"),
        ({"dtype": "float8"}, "dtype='float8'"),
        ({"adapter": "nowhere"}, "adapter_config.json"),
        ({"prompt": "nowhere"}, "no prompt is called 'nowhere'"),
    ],
)
def test_wrong_arguments_are_reported_in_one_line(
    folder: Path, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(TwinlensError, match=message):
        local(folder, **arguments).judge(pair())


@pytest.mark.parametrize("arguments", [{"batch": 0}, {"max_tokens": 0}, {"crops": -1}])
def test_numbers_out_of_range_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        local(Path("model"), **arguments)


@pytest.mark.parametrize(
    ("missing", "arguments", "extra"),
    [("torchvision", {}, "local"), ("bitsandbytes", {"four_bit": True}, "four-bit")],
)
def test_a_missing_package_says_the_install_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, missing: str, arguments: dict[str, Any], extra: str
) -> None:
    checkpoint.load.cache_clear()
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtra, match=rf"pip install 'twinlens\[{extra}\]'"):
        local(folder, **arguments).judge(pair())


def test_the_version_is_that_of_the_weights_the_prompt_and_the_packages(folder: Path, tmp_path: Path) -> None:
    same = copied(folder, tmp_path)
    assert local(same).version == local(folder).version
    assert "torch" in local(folder).version
    assert local(folder, prompt="challenge").version != local(folder).version
    assert local(folder, dtype="bfloat16").version != local(folder).version
    with (same / "model.safetensors").open("r+b") as stream:
        stream.seek(-1, 2)
        last = stream.read(1)
        stream.seek(-1, 2)
        stream.write(bytes([last[0] ^ 1]))
    assert local(same).version != local(folder).version


def test_where_memory_is_too_little_fewer_go_at_once(folder: Path, tmp_path: Path) -> None:
    judge = local(copied(folder, tmp_path), batch=8)
    shown = [pair(seed) for seed in range(5)]
    expected = [p_a(outcome) for outcome in local(folder).judge_many(shown)]
    _limit(judge, rows=2)
    assert [p_a(outcome) for outcome in judge.judge_many(shown)] == pytest.approx(expected, abs=1e-4)


def test_where_one_pair_is_too_large_that_is_a_failure(folder: Path, tmp_path: Path) -> None:
    judge = local(copied(folder, tmp_path), batch=8)
    _limit(judge, rows=0)
    outcomes = judge.judge_many([pair(0), pair(1)])
    assert [outcome.kind for outcome in outcomes if isinstance(outcome, Failure)] == ["broken", "broken"]
    assert all("too little memory" in outcome.detail for outcome in outcomes if isinstance(outcome, Failure))


def _limit(judge: Local, rows: int) -> None:
    """A device whose memory is used up by more rows than so many."""
    import torch

    def refuse(module: Any, given: Any, named: Any) -> None:
        if named["inputs_embeds"].shape[0] > rows:
            raise torch.OutOfMemoryError("CUDA out of memory")

    loaded(judge).model.model.language_model.register_forward_pre_hook(refuse, with_kwargs=True)


def test_a_model_that_gives_no_numbers_gives_no_verdict(folder: Path, tmp_path: Path) -> None:
    import torch

    judge = local(copied(folder, tmp_path))
    with torch.no_grad():
        loaded(judge).model.lm_head.weight.fill_(float("nan"))
    outcome = judge.judge(pair())
    assert isinstance(outcome, Failure)
    assert outcome.kind == "broken"
    assert "no numbers" in outcome.detail
    assert outcome.calls


def test_the_judge_is_listed_without_torch() -> None:
    code = (
        "import sys, twinlens.judges.local; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_device_that_is_not_there_is_reported(folder: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(BadSpec, match="torch finds no GPU"):
        local(folder, device="cuda").judge(pair())


def test_a_model_of_the_hub_is_known_by_its_commit(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "hub" / "models--some--model"
    commit = "0123456789abcdef0123456789abcdef01234567"
    (home / "refs").mkdir(parents=True)
    (home / "refs" / "main").write_text(commit)
    shutil.copytree(folder, home / "snapshots" / commit)
    code = (
        "import numpy as np\n"
        "from twinlens.core.types import Pair, Photo\n"
        "from twinlens.judges.local import Local\n"
        "judge = Local('some/model', device='cpu', reasons=False)\n"
        "photos = [Photo(name, name, np.full((64, 64, 3), 9, np.uint8)) for name in 'ab']\n"
        "print(judge.judge(Pair('p', *photos)).p_a, judge.version)\n"
    )
    surroundings = {**os.environ, "HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=surroundings, capture_output=True, text=True, check=True
    )
    assert f"commit {commit}" in done.stdout
    assert done.stderr == ""
