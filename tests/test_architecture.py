"""The shape of the house: floors, circles, sizes, weight, and that the README is true of it."""

from __future__ import annotations

import ast
import re
import shlex
import statistics
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "twinlens"
MODULES = sorted(SOURCE.rglob("*.py"))
README = (ROOT / "README.md").read_text("utf-8")
LONGEST_MODULE, LONGEST_FUNCTION, MEDIAN_FUNCTION = 300, 50, 8
MOST_LINES = 39_000
"""Lines of Python in src, blank ones and docstrings too."""
PAGES = ("README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/glossary.md")


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


def test_the_page_shows_the_floors_that_are_checked() -> None:
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][
        0
    ]
    checked = [set(re.findall(r"\w+", layer)) for layer in layers["layers"]]
    table = (
        (ROOT / "docs" / "architecture.md").read_text("utf-8").partition("| floor |")[2].partition("\n\n")[0]
    )
    shown = [set(re.findall(r"\w+", row.split("|")[2])) for row in table.splitlines()[2:]]
    assert shown == checked


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph("twinlens", exclude_type_checking_imports=True, cache_dir=None)
    left = {name: set(graph.find_modules_directly_imported_by(name)) for name in graph.modules}
    while free := {name for name, needs in left.items() if not needs & left.keys()}:
        left = {name: needs for name, needs in left.items() if name not in free}
    assert not left, f"in or above a circle: {sorted(left)}"


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_modules_and_functions_are_short(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= LONGEST_MODULE
    assert not [(name, lines) for name, lines in functions(file) if lines > LONGEST_FUNCTION]


def test_most_functions_are_a_few_lines() -> None:
    assert statistics.median(lines for file in MODULES for _, lines in functions(file)) <= MEDIAN_FUNCTION


def test_the_source_does_not_grow() -> None:
    assert sum(len(file.read_text("utf-8").splitlines()) for file in MODULES) <= MOST_LINES


def functions(file: Path) -> list[tuple[str, int]]:
    """The functions of a module with their lines, docstrings left out."""
    return [
        (node.name, node.end_lineno - node.lineno + 1 - docstring_lines(node))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
    ]


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

    Folders nest by indentation; words that are no folder and no file are comments.

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


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_exists(page: str) -> None:
    text = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    named = re.findall(r"`([\w-]+(?:/[\w.-]+)*\.(?:py|md|toml)|[\w-]+/[\w./-]+\.json)`", text)
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if ":" not in link]
    missing = [name for name in named if not any((place / name).exists() for place in (ROOT, SOURCE))]
    assert missing + [link for link in links if not ((ROOT / page).parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_module_that_a_page_names_exists(page: str) -> None:
    rooms = {file.parent.name for file in MODULES if file.parent.parent == SOURCE}
    dotted = re.findall(r"`(?:twinlens\.)?([a-z_]+(?:\.\w+)+)", (ROOT / page).read_text("utf-8"))
    named = [name.split(".") for name in dotted if name.split(".")[0] in rooms]
    assert [
        name for name in named if not (SOURCE / name[0] / f"{name[1]}.py").exists() and not public(*name[:2])
    ] == []


def public(room: str, name: str) -> bool:
    """Whether a room itself has a name."""
    return name in (SOURCE / room / "__init__.py").read_text("utf-8")


@pytest.mark.parametrize("target", sorted({word for call in used("make") for word in call if word.isalpha()}))
def test_every_make_target_of_the_readme_exists(target: str) -> None:
    assert target in made()


def test_the_readme_says_what_every_extra_is_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    table = re.findall(r"^\| (`.*?) \|", README, re.MULTILINE)
    named = [name for row in table for name in re.findall(r"`([a-z-]+)`", row)]
    assert sorted(named) == sorted(set(project["optional-dependencies"]) - {"dev"})


@cache
def made() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def test_make_help_names_every_target() -> None:
    ran = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(re.findall(r"^make (\w+)", ran.stdout, re.MULTILINE)) == made() - {"help"}


@pytest.mark.parametrize("call", used("twinlens"), ids=" ".join)
def test_every_command_of_the_readme_exists(call: list[str]) -> None:
    """The subcommand has a help text, and every option of the call stands in it."""
    names = [word for word in call if not word.startswith("-")]
    depth = 2 if names[:1] and names[0] in {"data", "train", "challenge", "submission", "annotate"} else 1
    text = help_of(*names[:depth])
    for option in (word.partition("=")[0] for word in call if word.startswith("--")):
        assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text), (
            f"{option} is no option of {names[:depth]}"
        )


@cache
def help_of(*names: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "twinlens.cli", *names, "--help"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize(
    "file", ["constraints.txt", "tests/interop/inspect_ai.txt", "tests/interop/lmms_eval.txt"]
)
def test_the_constraints_are_names_and_versions_only(file: str) -> None:
    lines = (ROOT / file).read_text("utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert len(lines) == len(set(lines))


def test_no_two_test_files_have_one_name() -> None:
    names = Counter(file.name for file in (ROOT / "tests").rglob("test_*.py"))
    assert not [name for name, count in names.items() if count > 1]
