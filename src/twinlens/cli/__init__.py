"""The command line: one module a command group.

A command returns its exit code: 0 done; 1 done, and some rows failed or a gate was not met, or stopped by its
budget. Wrong use or input is one line on standard error and the code 2. Commands import what they need when
they run, so `--help` is quick.
"""

import contextlib
import io
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, NoReturn

import typer

from twinlens.cli import (
    challenge,
    challenge_score,
    challenge_standings,
    compare,
    data,
    data_convert,
    data_make,
    data_parts,
    demo,
    doctor,
    licences,
    parts,
    rank,
    read,
    report,
    score,
    submission,
    train,
    train_answer,
    train_mllm,
)  # fmt: skip
from twinlens.cli import run as run_command
from twinlens.cli.terminal import complain
from twinlens.core.errors import BudgetSpent, TwinlensError
from twinlens.core.version import __version__

try:
    from typer.exceptions import TyperException as WrongUse
except ImportError:  # an older typer stands on click
    from click import ClickException as WrongUse  # type: ignore[assignment]

app = typer.Typer(
    name="twinlens",
    help="Which of two photos of one scene is better, and why, checked against the pixels.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


class WholeBrackets(typer.Context.formatter_class):  # type: ignore[misc, valid-type]
    """Help in which what stands in brackets stays on one line."""

    def write_dl(self, rows: Sequence[tuple[str, str]], *spaces: int, **more: int) -> None:
        """Write names and texts beside each other."""
        whole = [
            (name, re.sub(r"\[[^]]+]", lambda at: at[0].replace(" ", "\xa0"), text)) for name, text in rows
        ]
        super().write_dl(whole, *spaces, **more)

    def getvalue(self) -> str:
        """The help as text."""
        return str(super().getvalue().replace("\xa0", " "))


COMMANDS: dict[str, Callable[..., int | None]] = {
    "compare": compare.compare_photos, "run": run_command.run_pairs, "score": score.score,
    "rank": rank.rank, "report": report.report, "read": read.read_text, "judges": parts.judges,
    "metrics": parts.metrics, "demo": demo.demo, "doctor": doctor.doctor,
    "licences": licences.licences,
}  # fmt: skip
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)
GROUPS: dict[str, tuple[str, dict[str, Callable[..., int | None]]]] = {
    "data": (
        "Files of pairs: check, make and convert them.",
        {
            "check": data.check_pairs, "convert": data_convert.convert, "process": data_make.process,
            "restore": data_make.restore,
            "split": data_parts.split, "swap": data_parts.swap,
        },
    ),
    "challenge": (
        "Hosting a challenge: build, check, score, rank teams.",
        {
            "new": challenge.new_challenge, "build": challenge.build_bundle, "check": challenge.check_bundle,
            "score": challenge_score.score, "standings": challenge_standings.standings,
        },
    ),
    "train": (
        "Judges fitted to your own pairs.",
        {
            "measured": train.measured, "answer": train_answer.answer,
            "sft": train_mllm.sft, "grpo": train_mllm.grpo,
        },
    ),
    "submission": (
        "Entering a challenge: pack a run, check it.", {"pack": submission.pack, "check": submission.check}
    ),
}  # fmt: skip
for _name, (_help, _subcommands) in GROUPS.items():
    _group = typer.Typer(help=_help, rich_markup_mode=None, no_args_is_help=True)
    for _subcommand, _command in _subcommands.items():
        _group.command(_subcommand)(_command)
    app.add_typer(_group, name=_name)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"twinlens {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.stdout = sys.stdout or io.StringIO()  # who has closed it wants no answer
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a name the terminal cannot show stops nothing
    try:
        code = run(given or ["--help"])
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as head, has seen enough
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """The exit code of a command; wrong use or input is one line on standard error."""
    ours = typer.main.get_command(app)
    ours.context_class.formatter_class = WholeBrackets
    try:
        code = ours.main(arguments, prog_name="twinlens", standalone_mode=False)
    except BudgetSpent as error:
        complain(str(error))
        return 1
    except TwinlensError as error:
        complain(str(error))
        return 2
    except WrongUse as error:
        command = getattr(getattr(error, "ctx", None), "command_path", "twinlens")
        message = error.format_message().strip().rstrip(".?")
        complain(f"{message[:1].lower()}{message[1:]}; see {command} --help")
        return 2
    except typer.Abort:
        return 130
    return code if isinstance(code, int) else 0
