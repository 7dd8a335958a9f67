"""`twinlens score`: how good a run's verdicts and reasons are, or which of two runs is better."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twinlens.cli.options import AbstainBelow, FormatOption, MaxCalls, MaxTokens, flag
from twinlens.cli.run import progress
from twinlens.cli.terminal import complain, console, emit, grid, say_what_leaves, words, write
from twinlens.core.errors import BadInput
from twinlens.core.version import __version__

if TYPE_CHECKING:
    from rich.console import Console

    from twinlens.core import score_records as records
    from twinlens.core.score_records import ScoresRecord
    from twinlens.report.score_tables import Format

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a run.")]
Other = Annotated[Path | None, typer.Argument(metavar="[DIR2]", help="Another run, to compare with it.")]
Labels = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="What people said: CSV or JSONL of id and label, or the challenge's."),
]
By = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN", help="Scores for each value of a column, or of camera, iso …"),
]
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
Signatures = Annotated[bool, flag("--signatures", "Print how each score was made.")]


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
    form: FormatOption = None,
    signatures: Signatures = False,
) -> int:
    """Score a run against what people said, or compare two runs."""
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
    say_what_leaves(rater)
    with allow(max_calls, max_tokens):
        runs = [RunFolder(one) for one in (folder, other) if one is not None]
        (first, record), *others = [score_run(run, request, __version__, progress) for run in runs]
    record.gates = tuple(gate_record(gate, record.scores) for gate in gates)
    for second in others:
        record.against = second.record
        record.difference = compare_runs(first, second.table, parsed, mean_over)
    if json:
        emit(record)
    elif form is not None:
        _write(record, form)
    else:
        _show(record, console(), signatures)
    unmet = [gate.require for gate in record.gates if not gate.met]
    for text in unmet:
        complain(f"not met: {text}")
    return 1 if unmet else 0


def _show(record: ScoresRecord, target: Console, signatures: bool) -> None:
    """The output for people."""
    from twinlens.report.score_tables import score_tables
    from twinlens.scoring.caveats import NO_VERDICT

    title(record.run, target)
    notes = all_notes(record)
    if notes and notes[0].startswith(NO_VERDICT):
        target.print(words(notes.pop(0), "bold red"))
    if record.against:
        target.print(words(f"against {record.against.run.judge}: {record.against.run.rows} pairs", "bold"))
    for at, (heading, table) in enumerate(score_tables(record)):
        if at:
            target.print()
        if heading:
            target.print(words(heading, "bold"))
        target.print(grid(table.head, table.rows, table.align))
        if at == 0 and record.difference:
            _pairs(record.difference, target)
    if notes:
        target.print()
    for note in notes:
        target.print(words(f"· {note}"))
    for gate in record.gates or ():
        target.print(words(f"{'met' if gate.met else 'not met'}: {gate.require}", "bold"))
    target.print()
    own = [str(one.signature) for one in record.scores.values()] if signatures else []
    for line in (*own, record.signature):
        target.print(words(line, "dim"), soft_wrap=True)


def _write(record: ScoresRecord, form: Format) -> None:
    """The output for papers and programs."""
    from twinlens.report.score_tables import long_scores, score_tables, written

    tables, long = list(score_tables(record)), long_scores(record)
    write(written(form, tables, long, all_notes(record), record.signature))


def all_notes(record: ScoresRecord) -> list[str]:
    """The notes on a run, and on a second one."""
    return [*record.notes, *(f"second: {note}" for note in (record.against.notes if record.against else ()))]


def title(run: records.ScoredRun, target: Console) -> None:
    """The line that says what was scored."""
    target.print(words(f"{run.judge}: {run.rows} pairs, {run.scenes} scenes", "bold"))


def _pairs(difference: records.RunDifference, target: Console) -> None:
    """Which pairs were compared."""
    target.print(f"The differences are of the {difference.pairs} pairs that both runs have.")
    for side, only in (("first", difference.only_first), ("second", difference.only_second)):
        if only:
            target.print(f"{only} pairs stand only in the {side} run and are not compared.")
    if not difference.same_labels:
        target.print("The two runs have different labels of some pairs; give --labels.")
