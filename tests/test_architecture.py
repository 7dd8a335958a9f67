"""The shape of the house: floors, circles, sizes, weight, and that the README tells the truth of it."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "twinlens"
MODULES = sorted(SOURCE.rglob("*.py"))
README = (ROOT / "README.md").read_text("utf-8")
LONGEST_MODULE, LONGEST_FUNCTION = 300, 50


def fenced(*languages: str) -> list[str]:
    """The README's fenced blocks of some languages."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [text for language, text in blocks if language in languages]


def commands() -> list[str]:
    """The commands that the README shows: lines of bash blocks, lines after $ in console blocks."""
    found = []
    for language in ("bash", "sh", "console"):
        for block in fenced(language):
            for line in block.replace("\\\n", " ").splitlines():
                if language != "console" or line.startswith("$ "):
                    found.append(line.removeprefix("$ ").strip())
    return [line for line in found if line and not line.startswith("#")]


def used(program: str) -> list[list[str]]:
    """The arguments of each call of a program in the README's commands, also behind && or a pipe."""
    calls = []
    for command in commands():
        for part in re.split(r"&&|\|\||[|;]", command):
            words = shlex.split(part, comments=True)
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words = words[1:]
            if words and words[0] == program:
                calls.append(words[1:])
    return calls


def test_imports_go_down_only() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[ran.stdout.find("Contracts") :]


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph("twinlens", exclude_type_checking_imports=True, cache_dir=None)
    left = {name: set(graph.find_modules_directly_imported_by(name)) for name in graph.modules}
    while free := {name for name, needs in left.items() if not needs & left.keys()}:
        left = {name: needs for name, needs in left.items() if name not in free}
    assert not left, f"in or above a circle: {sorted(left)}"


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_modules_and_functions_are_short(file: Path) -> None:
    text = file.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_MODULE
    long = {
        node.name: node.end_lineno - node.lineno + 1 - docstring_lines(node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
    }
    assert not {name: lines for name, lines in long.items() if lines > LONGEST_FUNCTION}


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    if ast.get_docstring(node) is None or first.end_lineno is None:
        return 0
    return first.end_lineno - first.lineno + 1


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_every_module_with_code_says_what_it_is(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    assert not tree.body or ast.get_docstring(tree)


@pytest.mark.parametrize("name", ["utils", "util", "common", "base", "helpers", "misc"])
def test_no_module_is_a_drawer(name: str) -> None:
    assert name not in {file.stem for file in MODULES} | {file.parent.name for file in MODULES}


def test_importing_twinlens_loads_nothing_heavy() -> None:
    assert loaded("import twinlens; from twinlens.core import catalog, contracts; twinlens.Verdict") == set()


def test_every_public_name_is_there() -> None:
    import twinlens

    assert sorted(twinlens.__all__) == twinlens.__all__
    assert [name for name in twinlens.__all__ if not hasattr(twinlens, name)] == []
    assert set(twinlens.__all__) <= set(dir(twinlens))
    with pytest.raises(AttributeError, match="twinlens attribute kompare"):
        _ = twinlens.kompare


def loaded(code: str) -> set[str]:
    """Which heavy packages are loaded after some code ran in a new process."""
    heavy = "{'cv2', 'skimage', 'PIL', 'numpy', 'scipy', 'torch', 'sklearn', 'jinja2', 'rich'}"
    code = f"{code}\nimport sys; print(*({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def trees() -> list[str]:
    """The README's fenced blocks that show src/twinlens."""
    return [block for block in fenced("", "text") if "src/twinlens/" in block]


@pytest.mark.parametrize("tree", trees(), ids=range(len(trees())))
def test_the_tree_in_the_readme_is_on_disk(tree: str) -> None:
    missing = [path for path in tree_paths(tree) if not (ROOT / path).exists()]
    assert not missing


def test_the_tree_in_the_readme_names_every_module() -> None:
    (tree,) = trees()
    modules = {str(file.relative_to(ROOT)) for file in MODULES if not file.name.startswith("__")}
    assert modules - set(tree_paths(tree)) == set()


def tree_paths(tree: str) -> list[str]:
    """The paths a drawn tree shows: a folder ends in /, more of its files may stand on its line.

    Folders nest by indentation; words that are no folder and no file are remarks.

    >>> tree_paths("src/twinlens/\\n  core/  types.py (records)\\n  evidence.py\\ndocs/\\n")
    ['src/twinlens', 'src/twinlens/core', 'src/twinlens/core/types.py', 'src/twinlens/evidence.py', 'docs']
    """
    paths: list[str] = []
    above: list[tuple[int, str]] = []
    for line in tree.splitlines():
        bare = re.sub(r"[│├└─]", " ", line)
        body = re.sub(r"\([^)]*\)", " ", bare).partition("#")[0]
        names = re.findall(r"(?<![\w./])[\w.-]+(?:/[\w.-]+)*(?:/|\.\w+)(?![\w/])", body)
        if not names:
            continue
        indent = len(bare) - len(bare.lstrip())
        above = [(depth, path) for depth, path in above if depth < indent]
        parent = above[-1][1] if above else ""
        first, rest = names[0], names[1:]
        here = f"{parent}/{first.rstrip('/')}".lstrip("/")
        paths.append(here)
        if first.endswith("/"):
            above.append((indent, here))
            parent = here
        paths += [f"{parent}/{name.rstrip('/')}".lstrip("/") for name in rest]
    return paths


def test_a_drawn_tree_is_understood() -> None:
    drawn = (
        "src/twinlens/\n"
        "  __init__.py    the public names\n"
        "  core/          types.py  errors.py (one line each)\n"
        "  report/        page.py  templates/\n"
        "  evidence.py  grounding.py\n"
        "docs/            architecture.md\n"
    )
    assert tree_paths(drawn) == [
        "src/twinlens", "src/twinlens/__init__.py", "src/twinlens/core", "src/twinlens/core/types.py",
        "src/twinlens/core/errors.py", "src/twinlens/report", "src/twinlens/report/page.py",
        "src/twinlens/report/templates", "src/twinlens/evidence.py", "src/twinlens/grounding.py", "docs",
        "docs/architecture.md",
    ]  # fmt: skip
    boxed = "src/twinlens/\n├── core/\n│   └── types.py\n└── cli/  # the command line\n"
    assert tree_paths(boxed) == [
        "src/twinlens",
        "src/twinlens/core",
        "src/twinlens/core/types.py",
        "src/twinlens/cli",
    ]


@pytest.mark.parametrize("target", sorted({word for call in used("make") for word in call if word.isalpha()}))
def test_every_make_target_of_the_readme_exists(target: str) -> None:
    assert target in made()


@cache
def made() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def test_make_help_tells_of_every_target() -> None:
    ran = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(re.findall(r"^make (\w+)", ran.stdout, re.MULTILINE)) == made() - {"help"}


@pytest.mark.parametrize("call", used("twinlens"), ids=" ".join)
def test_every_command_of_the_readme_exists(call: list[str]) -> None:
    """The subcommand has a help text, and every option of the call stands in it."""
    names = [word for word in call if not word.startswith("-")]
    depth = 2 if names[:1] and names[0] in {"data", "train", "challenge", "submission", "annotate"} else 1
    told = help_of(*names[:depth])
    for option in (word.partition("=")[0] for word in call if word.startswith("--")):
        assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", told), (
            f"{option} is no option of {names[:depth]}"
        )


@cache
def help_of(*names: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "twinlens.cli", *names, "--help"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_constraints_are_names_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert len(lines) == len(set(lines))
