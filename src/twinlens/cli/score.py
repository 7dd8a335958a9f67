"""`twinlens score`: how good a run's verdicts and reasons are, or which of two runs is better."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twinlens.cli.options import AbstainBelow, MaxCalls, MaxTokens
from twinlens.cli.run import progress
from twinlens.cli.terminal import complain, console, emit, words
from twinlens.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from twinlens.core import score_records as records
    from twinlens.core.score_records import ScoreRecord, Scores, ScoresRecord

    Spread = ScoreRecord | records.ScoreDifference | records.RankedVersion | records.TieParameter

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a run.")]
Other = Annotated[Path | None, typer.Argument(metavar="[DIR2]", help="Another run, to compare with it.")]
Labels = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="What people said: CSV or JSONL of id and label, or the challenge's."),
]
By = Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="Scores for each value of a column.")]
Composite = Annotated[str | None, typer.Option(metavar="SUM", help='As "0.7*accuracy+0.3*rouge_l".')]
MeanOver = Annotated[str | None, typer.Option(metavar="COLUMN", help="Composite: mean over its values.")]
Require = Annotated[
    list[str] | None,
    typer.Option(metavar="GATE", help='Exit with 1 where DIR does not meet it, as "win_rate(v2)>=0.5".'),
]
Rationale = Annotated[
    bool | None,
    typer.Option("--rationale/--no-rationale", help="Score the reasons too; by default where there are any."),
]
Rater = Annotated[str | None, typer.Option(metavar="SPEC", help="A model rates the texts, shown the photos.")]
RaterPrompt = Annotated[
    str, typer.Option(metavar="NAME|FILE", help="The rater's prompt: a template or its file.")
]
Semantic = Annotated[str | None, typer.Option(metavar="MODEL", help="Embeds texts and the experts' texts.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, twinlens.scores/2.")]


def score(
    folder: Folder,
    other: Other = None,
    labels: Labels = None,
    by: By = None,
    composite: Composite = None,
    mean_over: MeanOver = None,
    require: Require = None,
    rationale: Rationale = None,
    rater: Rater = None,
    rater_prompt: RaterPrompt = "rater",
    semantic: Semantic = None,
    abstain_below: AbstainBelow = None,
    max_calls: MaxCalls = None,
    max_tokens: MaxTokens = None,
    json: Json = False,
) -> int:
    """Score a run against what people said, or compare two runs."""
    from twinlens.core.version import __version__
    from twinlens.judges.budget import allow
    from twinlens.runs.store import RunFolder
    from twinlens.scoring.compare_runs import compare_runs
    from twinlens.scoring.composite import gate_record, parse_composite, parse_gate
    from twinlens.scoring.score import ScoreRequest, score_run

    if mean_over is not None and composite is None:
        raise BadInput(f"--mean-over {mean_over!r}: found no --composite; expected what to take the mean of")
    gates = [parse_gate(text) for text in require or ()]
    parsed = parse_composite(composite) if composite is not None else None
    request = ScoreRequest(
        labels, tuple(by or ()), parsed, mean_over, rationale, rater, rater_prompt, semantic, abstain_below
    )
    with allow(max_calls, max_tokens):
        runs = [RunFolder(one) for one in (folder, other) if one is not None]
        (first, record), *others = [score_run(run, request, __version__, progress) for run in runs]
    record.gates = tuple(gate_record(gate, record.scores) for gate in gates)
    for second in others:
        record.against = second.record
        record.difference = compare_runs(first, second.table, parsed, mean_over)
    if json:
        emit(record)
    else:
        _show(record, console())
    unmet = [gate.require for gate in record.gates if not gate.met]
    for text in unmet:
        complain(f"not met: {text}")
    return 1 if unmet else 0


def _show(record: ScoresRecord, target: Console) -> None:
    """The output for people."""
    from twinlens.scoring.caveats import NO_VERDICT
    from twinlens.scoring.controls import CONTROLS

    title(record.run, target)
    second, notes = record.against or None, list(record.notes)
    if notes and notes[0].startswith(NO_VERDICT):
        target.print(words(notes.pop(0), "bold red"))
    if second is None or not record.difference:
        target.print(_table(record.scores))
    else:
        target.print(words(f"against {second.run.judge}: {second.run.rows} pairs", "bold"))
        _pair(record.scores, second.scores, record.difference, target)
        notes += [f"second: {note}" for note in second.notes]
    for column, values in record.by.items():
        target.print("", _by(column, values), sep="\n")
    for name, bins in (("people who agree", record.by_share), ("confidence", record.reliability)):
        if len(bins) > 1:
            target.print("", _bins(name, bins), sep="\n")
    for name, scores in record.controls.items():
        target.print("", words(f"control: {CONTROLS[name]}", "bold"), _table(scores), sep="\n")
    if notes:
        target.print()
    for note in notes:
        target.print(words(f"· {note}"))
    for gate in record.gates or ():
        target.print(words(f"{'met' if gate.met else 'not met'}: {gate.require}", "bold"))
    target.print()
    target.print(words(record.signature, "dim"), soft_wrap=True)


MAIN = ("accuracy", "composite", "rouge_l", "swap_consistency")
"""Scores shown by column, the first two that are there; the JSON object holds all."""


def title(run: records.ScoredRun, target: Console) -> None:
    """The line that says what was scored."""
    target.print(words(f"{run.judge}: {run.rows} pairs, {run.scenes} scenes", "bold"))


def grid(title: str, *columns: str, **options: Any) -> Table:
    """A plain table: a column of names, then columns of numbers."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="dim", **options)
    made.add_column(words(title), no_wrap=True)
    for name in columns:
        made.add_column(name, justify="right", no_wrap=True)
    return made


def _table(scores: Scores) -> Table:
    table = grid("score", "value", "95 % interval", "n", "failed")
    for name, made in scores.items():
        table.add_row(words(name), number(made.value), ends(made), str(made.n), str(made.failed))
    return table


def _by(column: str, values: dict[str, Scores]) -> Table:
    """The main scores of each value of a column, a value a line."""
    shown = [name for name in MAIN if any(name in scores for scores in values.values())][:2]
    table = grid(column, *shown, "n", "failed")
    for value, scores in values.items():
        made = [scores.get(name) for name in shown]
        cells = [f"{number(one.value)} {ends(one)}" if one else "–" for one in made]
        counted = scores.get("accuracy") or next(iter(scores.values()), None)
        counts = (counted.n, counted.failed) if counted else (0, 0)
        table.add_row(words(value), *cells, *map(str, counts))
    return table


def _bins(title: str, bins: Sequence[records.ShareBin | records.ReliabilityBin]) -> Table:
    """The accuracy by bins of a share, a bin a line."""
    table = grid(title, "accuracy", "n")
    table.add_column("")
    for one in bins:
        bar = "█" * round(20 * one.accuracy)
        table.add_row(f"{one.low:.2f} to {one.high:.2f}", number(one.accuracy), str(one.n), bar)
    return table


def _pair(first: Scores, second: Scores, difference: records.RunDifference, target: Console) -> None:
    """Both runs and the difference, a score a line."""
    table = grid("score", "first", "second", "difference, 95 %", padding=(0, 1, 0, 0))
    table.add_column("")
    for name, made in difference.scores.items():
        values = (number(scores[name].value if name in scores else None) for scores in (first, second))
        table.add_row(words(name), *values, f"{number(made.value, '+')} {ends(made, '+')}", made.words)
    target.print(table)
    target.print(f"The differences are of the {difference.pairs} pairs that both runs have.")
    for side, only in (("first", difference.only_first), ("second", difference.only_second)):
        if only:
            target.print(f"{only} pairs stand only in the {side} run and are not compared.")
    if not difference.same_labels:
        target.print("The two runs have different labels of some pairs; give --labels.")


def number(value: float | None, sign: str = "") -> str:
    """A score as people read it."""
    return "–" if value is None else f"{value:{sign}.3f}"


def ends(made: Spread, sign: str = "") -> str:
    """An interval as people read it."""
    return "–" if made.low is None else f"[{number(made.low, sign)}, {number(made.high, sign)}]"
