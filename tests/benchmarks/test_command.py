"""`python -m benchmarks`: it lists what there is, and runs one by its name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks.__main__ import GROUPS, benchmarks, documentation


def python_m_benchmarks(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments], capture_output=True, text=True, check=False
    )


def test_every_benchmark_is_listed_with_one_line() -> None:
    listed = python_m_benchmarks().stdout
    assert len(benchmarks()) >= 17
    assert {file.parent.name for file in benchmarks().values()} == {*GROUPS}
    for name, file in benchmarks().items():
        assert f"  {name} " in listed
        assert f"python -m benchmarks {name}" in documentation(file), "it says how it is called"


def test_an_unknown_name_is_refused_in_one_line() -> None:
    ran = python_m_benchmarks("nothing")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("benchmark 'nothing': unknown; expected one of ")
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["chat", "crash", "golden", "preference", "verdicts"])
def test_a_benchmark_shows_its_options(name: str) -> None:
    ran = python_m_benchmarks(name, "--help")
    assert ran.returncode == 0, ran.stderr
    assert f"python -m benchmarks {name}" in ran.stdout
