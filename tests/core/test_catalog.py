"""Parts by name, and the text that names them."""

from __future__ import annotations

import contextlib
import dataclasses
import keyword
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinlens.core import catalog
from twinlens.core.errors import BadSpec, MissingExtra
from twinlens.core.spec import LONGEST, parse, write

MINE = """
from dataclasses import dataclass
from typing import Literal

@dataclass(frozen=True)
class Mine:
    model: str
    retries: int = 2
    timeout: float = 30.0
    mode: Literal["fast", "slow"] | None = None
    judges: tuple[str, ...] = ()

    def __post_init__(self):
        if self.retries < 0:
            raise ValueError("retries must be 0 or more")

    def judge(self, pair):
        pass

@dataclass
class Melting:
    pass
"""


@dataclasses.dataclass(frozen=True)
class Foreign:
    """A part that another package would bring."""

    level: int = 1


@pytest.fixture
def mine(tmp_path: Path) -> str:
    file = tmp_path / "mine.py"
    file.write_text(MINE)
    return f"{file}:Mine"


def wrong(spec: str, group: catalog.Group = "metrics") -> str:
    """The one line that a wrong spec is answered with."""
    with pytest.raises(BadSpec) as caught:
        catalog.part(group, spec)
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 600
    return line


def test_every_metric_is_found_by_its_file_name() -> None:
    folder = Path(catalog.__file__).parents[1] / "metrics"
    files = {file.stem for file in folder.glob("*.py")} - {"__init__"}
    assert set(catalog.names("metrics")) == files
    assert "chroma_noise" in files


def test_a_helper_whose_class_has_its_name_but_no_equality_is_no_judge() -> None:
    assert {"checkpoint", "image_features"} & set(catalog.names("judges")) == set()


@pytest.mark.parametrize("name", catalog.names("metrics"))
def test_a_part_with_nothing_changed_is_written_as_its_name(name: str) -> None:
    assert catalog.spec(catalog.part("metrics", name)) == name


def test_only_changed_arguments_are_written_and_a_spec_gives_its_part_back() -> None:
    part = dataclasses.replace(catalog.part("judges", "fixed"), p_a=0.25, rationale='a "quoted" one')
    assert catalog.spec(part) == r'fixed(p_a=0.25, rationale="a \"quoted\" one")'
    assert catalog.part("judges", catalog.spec(part)) == part


def test_a_part_as_python_prints_it_is_a_spec() -> None:
    part = catalog.part("judges", "fixed(p_a=1)")
    assert catalog.part("judges", repr(part).replace("Fixed", "fixed")) == part


def test_two_ways_to_write_one_part_have_one_spec() -> None:
    assert catalog.spec(catalog.part("judges", "fixed( p_a = 1 )")) == "fixed(p_a=1.0)"
    assert catalog.spec(catalog.part("judges", 'fixed(choice="a")')) == "fixed"


def test_what_is_known_of_a_metric_is_no_argument_of_it() -> None:
    with pytest.raises(BadSpec, match="noise: found the argument 'jnd'; it has none"):
        catalog.part("metrics", "noise(jnd=2)")


def test_parts_gives_every_part_that_needs_no_argument() -> None:
    assert list(catalog.parts("metrics")) == catalog.names("metrics")


def test_listing_names_imports_no_part_and_making_one_imports_no_other() -> None:
    code = (
        "import sys; from twinlens.core import catalog; catalog.names('metrics');"
        "assert not [m for m in sys.modules if m.startswith('twinlens.metrics') or m in ('numpy', 'cv2')];"
        "catalog.part('metrics', 'noise');"
        "assert 'twinlens.metrics.halo' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_wrong_name_says_what_was_meant_and_which_exist() -> None:
    assert "did you mean 'chroma_noise'?" in wrong("chroma_nois")
    assert all(name in wrong("Noise_") for name in catalog.names("metrics"))


def test_a_wrong_argument_says_which_exist(mine: str) -> None:
    line = wrong(f"{mine}(model='x', retrys=3)")
    assert "did you mean 'retries'?" in line
    assert "model, retries, timeout, mode, judges" in line


def test_a_missing_argument_is_named(mine: str) -> None:
    assert "needs model" in wrong(mine)


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("model=3", "a string in quotes"),
        ("retries=True", "a whole number"),
        ("retries=2.0", "a whole number"),
        ("timeout='soon'", "a number"),
        ("mode='brisk'", '"fast" or "slow" or None'),
        ("judges='one'", "a tuple"),
        ("judges=('one', 2)", "a tuple"),
    ],
)
def test_an_argument_of_the_wrong_type_says_what_is_expected(mine: str, argument: str, expected: str) -> None:
    line = wrong(
        f"{mine}({argument}{'' if argument.startswith('model') else ', model=chr'})".replace("chr", "'m'")
    )
    assert expected in line


def test_what_the_part_itself_refuses_is_shown(mine: str) -> None:
    assert "retries must be 0 or more" in wrong(f"{mine}(model='m', retries=-1)")


def test_a_class_in_a_file_round_trips(mine: str) -> None:
    part = catalog.part(
        "judges", f"{mine}(model='m', judges=('measured', \"answer(checkpoint='x')\"), timeout=1)"
    )
    assert part.judges == ("measured", "answer(checkpoint='x')")
    assert catalog.part("judges", catalog.spec(part)) == part
    assert catalog.spec(part).endswith(
        """mine.py:Mine(model="m", timeout=1.0, judges=("measured", "answer(checkpoint='x')"))"""
    )


def test_a_file_that_is_missing_or_broken_or_lacks_the_class_is_named(mine: str, tmp_path: Path) -> None:
    assert "no such file" in wrong(str(tmp_path / "gone.py:Mine"))
    assert "did you mean 'Mine'?" in wrong(mine.replace(":Mine", ":Mime"))
    assert "frozen dataclass" in wrong(mine.replace(":Mine", ":Melting"))
    (tmp_path / "broken.py").write_text("import surely_not_installed\n")
    assert "surely_not_installed" in wrong(str(tmp_path / "broken.py:Mine"))
    (tmp_path / "invalid.py").write_text("def (")
    assert "SyntaxError" in wrong(str(tmp_path / "invalid.py:Mine"))


def test_a_part_that_lacks_its_extra_shows_the_install_line(tmp_path: Path) -> None:
    text = "from twinlens.core.errors import MissingExtra\nraise MissingExtra('the judge x', 'local')\n"
    (tmp_path / "x.py").write_text(text)
    with pytest.raises(MissingExtra, match="pip install 'twinlens\\[local\\]'"):
        catalog.part("judges", str(tmp_path / "x.py:X"))


def test_an_entry_point_is_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("their-metric", f"{__name__}:Foreign", "twinlens.metrics"),
        EntryPoint("noise", f"{__name__}:Foreign", "twinlens.metrics"),
        EntryPoint("absent", "surely_not_installed:Part", "twinlens.metrics"),
    ]
    monkeypatch.setattr(catalog, "entry_points", lambda group: [p for p in points if p.group == group])
    part = catalog.part("metrics", "their-metric(level=3)")
    assert type(part).__name__ == "Foreign"
    assert catalog.spec(part) == "their-metric(level=3)"
    assert "their-metric" in catalog.names("metrics")
    assert type(catalog.part("metrics", "noise")).__name__ == "Noise", "our own names cannot be taken"
    assert "surely_not_installed" in wrong("absent")


HOSTILE = [
    "", " ", "(", ")(", "noise(", "noise)", "noise()()", "noise(jnd=1)(jnd=2)", "noise(jnd=1).x", "noise[0]",
    "noise(2)", "noise(*[1])", "noise(**{'jnd': 1})", "noise(jnd=1, jnd=2)", "noise(jnd=open('x'))",
    "noise(jnd=__import__('os').getpid())", "noise(jnd={1: 2})", "noise(jnd=b'1')", "noise(jnd=1j)",
    "noise(jnd=9**9)", "noise(jnd=" + "(" * 3000 + ")" * 3000 + ")", "noise(jnd=" + "-" * 3000 + "1)",
    "noise(jnd=" + "9" * 5000 + ")", "noise\0", "noise(jnd='\ud800')", "noise(jnd=1\0)", "noise(jnd=1) + 2",
    "noise(jnd=1); print()", "noise\nnoise", "noise(x" + "=1, x" * 9999 + ")", "nöise",
    "../../surely/not/there/x.py:K",
    "x.py:", ":K", "noise(jnd=x for x in y)",
]  # fmt: skip


@pytest.mark.parametrize("spec", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_does_more_than_be_refused(spec: str) -> None:
    wrong(spec)


def test_a_spec_of_any_length_is_refused_before_it_is_parsed() -> None:
    assert str(LONGEST) in wrong("noise(" + " " * LONGEST + ")")


plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None))
)
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=5)
words = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(lambda word: not keyword.iskeyword(word))


@given(words, st.dictionaries(words, values, max_size=3))
def test_every_name_and_arguments_round_trip_through_their_text(name: str, arguments: dict[str, Any]) -> None:
    assert parse(write(name, arguments)) == (name, arguments)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadSpec):
        parse(text)


@pytest.mark.parametrize("name", ["x" * 300 + ".py", "x" * 5000 + ".py", "a\0b.py"])
def test_a_file_by_a_name_that_no_file_can_have_is_refused(name: str) -> None:
    with pytest.raises(BadSpec):
        catalog.part("judges", f"{name}:Judge")
