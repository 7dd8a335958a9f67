"""The draft of a report's section on the results, as sentences that a page, Markdown and LaTeX share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from twinlens.challenge.blind import RIGHT, WRONG
from twinlens.challenge.near_duplicates import ALIKE, SHARED, SHINGLE
from twinlens.challenge.standings import Line, Standings
from twinlens.challenge.standings_figures import blind_score
from twinlens.challenge.standings_tables import METRICS, ends, number, reading_table
from twinlens.core.plain_text import first
from twinlens.report.summary import counted, listed
from twinlens.report.tables import latex, latex_text, markdown, markdown_text
from twinlens.stats.interval import LEVEL, RESAMPLES, SEED
from twinlens.stats.rank_sets import LEAST_SCENES

MOST_NAMED = 8
CAPTIONS = {
    "ranks.svg": "Final scores with 95 % intervals; no two teams of one group can be told apart.",
    "accuracy_text.svg": "Accuracy against the score of the texts; dashes are a fixed text that never looks.",
}
DRAFT = "This is a draft that twinlens wrote from the submissions; check it before it is printed."


def headline(made: Standings) -> str:
    """The result in a few words."""
    leaders = [line.team.name for line in made.ranked if line.group == 1]
    if not leaders:
        return "No team is ranked"
    if made.scenes < LEAST_SCENES:
        return f"{leaders[0]} has the highest score, on too few scenes to name a winner"
    if len(leaders) == 1:
        return f"{leaders[0]} is first" if len(made.ranked) > 1 else f"{leaders[0]} is the only team ranked"
    if len(leaders) == len(made.ranked):
        return f"The {counted(len(leaders), 'team')} cannot be told apart"
    return f"{leaders[0]} leads, and {_others(len(leaders) - 1)} cannot be told apart from it"


def warnings(made: Standings) -> Iterator[str]:
    """What a reader of the table must not miss."""
    if made.waiting:
        yield f"Nobody has handed in anything yet for {listed(made.waiting)}, which is left out."
    if made.scenes < LEAST_SCENES:
        yield f"{counted(made.scenes, 'scene')}: no two teams can be told apart on so few."
    under = [line.team.name for line in made.ranked if line.above_control is False]
    if under:
        yield f"Not shown to be above the image-blind entry, which looks at no photo: {_named(under)}."
    if made.copies:
        names = list(dict.fromkeys(name for one in made.copies for name in one[:2]))
        yield f"{counted(len(made.copies), 'pair')} of near-duplicate submissions: {_named(names)}."
    if made.unranked:
        names = [line.team.name for line in made.unranked]
        yield f"{counted(len(names), 'team')} not ranked: {_named(names)}."
    most = max((one.of for line in made.ranked for one in line.team.phases if one), default=1)
    if made.best and most > 1:
        yield f"The best of up to {most} submissions of a team counts, so that luck raises its score."


def results(made: Standings) -> Iterator[str]:
    """What came out, a paragraph a string."""
    phases = listed([f"{one.name} ({counted(len(one.scenes), 'item')})" for one in made.phases])
    yield (
        f"{counted(len(made.teams), 'team')} took part in “{made.title}”; {len(made.ranked)} are ranked, "
        f"having a submission that can be scored in each of {phases}."
    )
    if made.ranked:
        first, score = made.ranked[0], made.ranked[0].final
        leaders = [line.team.name for line in made.ranked[1:] if line.group == 1]
        close = f" It cannot be told apart from {_named(leaders)}." if leaders else ""
        highest = f"{first.team.name} has the highest final score, {number(score)}"
        yield f"{highest} (95 % interval {ends(score)}).{close}"
    blind = blind_score(made)
    if blind is not None and made.ranked:
        above = sum(line.above_control is True for line in made.ranked)
        reached = f"An entry that looks at no photo reaches {number(blind)}"
        shown = f"{above} of {counted(len(made.ranked), 'team')} are shown to be above it"
        yield f"{reached}; {shown}.{_texts(made)}"
    yield from warnings(made)


def method(made: Standings) -> Iterator[str]:
    """How the figures were made, a paragraph a string."""
    weights = made.phases[0].weights
    total = sum(weights.values())
    score = " + ".join(f"{weight / total:.3g} × {METRICS[key]}" for key, weight in weights.items())
    yield (
        f"In a phase the score is the mean over its items of {score}; an item that failed counts 0. The "
        "final score is the mean over the phases."
    )
    yield (
        f"Intervals: {100 * LEVEL:.0f} %, BCa bootstrap over {counted(made.scenes, 'scene')}, {RESAMPLES:,} "
        f"resamples, seed {SEED}, the same scenes for all teams. Groups: all differences of two teams at "
        "once, studentised, by the step-down maximum of Romano and Wolf (2005), so that with a probability "
        f"of about {100 * LEVEL:.0f} % no two equal teams are called different; two that differ on fewer "
        f"than {LEAST_SCENES:.0f} scenes are not tested. A group is a run of teams no two of which are "
        "apart; teams of neighbouring groups may be alike. Ranks are the sets of Mogstad, Romano, Shaikh and "
        "Wilhelm (2024), which hold all true ranks with that probability. Whether teams are above the "
        "image-blind entry is a family of differences of its own (Dunnett 1955)."
    )
    yield (
        f"Near-duplicates: texts of one item whose sets of {SHINGLE} words in a row have a Jaccard index of "
        f"{ALIKE} or more (Broder 1997), in {100 * SHARED:.0f} % of the items or more. Distinct: different "
        "texts over all texts of a submission, near-duplicates counted once."
    )


def markdown_section(made: Standings, questions: Mapping[str, str], figures: Sequence[str]) -> str:
    """The draft in Markdown, with the table and the plots beside it."""
    text = markdown_text
    parts = [
        f"# {text(made.title)}: results",
        text(DRAFT),
        *map(text, results(made)),
        markdown(reading_table(made)).rstrip(),
    ]
    parts += [f"![{text(CAPTIONS[name])}]({name})" for name in figures]
    parts += ["## How the figures were made", *map(text, method(made)), "## Teams"]
    for line in made.teams:
        parts.append(f"### {text(line.team.name)}")
        parts.append("\n".join(f"- {text(what)}: {text(answer)}" for what, answer in _facts(line, questions)))
    return "\n\n".join(parts) + "\n"


def latex_section(made: Standings, questions: Mapping[str, str], figures: Sequence[str]) -> str:
    """The draft in LaTeX; it needs the packages longtable and svg, and XeLaTeX or LuaLaTeX for any script."""
    text = latex_text
    parts = [
        r"% \usepackage{longtable,svg}",
        rf"\section{{{text(made.title)}: results}}",
        text(DRAFT),
        *map(text, results(made)),
    ]
    parts.append(latex(reading_table(made, noted=False)))
    for name in figures:
        graphics = rf"\includesvg[width=\linewidth]{{{name.removesuffix('.svg')}}}"
        lines = (
            r"\begin{figure}\centering",
            graphics,
            rf"\caption{{{text(CAPTIONS[name])}}}",
            r"\end{figure}",
        )
        parts.append("\n".join(lines))
    parts += [r"\subsection{How the figures were made}", *map(text, method(made)), r"\subsection{Teams}"]
    for line in made.teams:
        parts.append(rf"\paragraph{{{text(line.team.name)}}}")
        parts.append(" ".join(f"{text(what)}: {text(answer)}." for what, answer in _facts(line, questions)))
    return "\n\n".join(parts) + "\n"


def _facts(line: Line, questions: Mapping[str, str]) -> list[tuple[str, str]]:
    """The questions and answers of a team's fact sheet."""
    made = [(questions.get(key, key), answer) for key, answer in line.team.facts.items() if answer]
    return made or [("Fact sheet", "none")]


def _texts(made: Standings) -> str:
    """What a fixed text reaches by overlap."""
    fixed = {line.team.name: line.metrics.get("rouge_l") for line in made.controls}
    right, wrong = fixed.get(RIGHT), fixed.get(WRONG)
    if right is None or wrong is None:
        return ""
    above = sum(line.metrics.get("rouge_l", 0.0) > right for line in made.ranked)
    return (
        f" One fixed text a kind of pair reaches a ROUGE-L of {number(right)}, and {number(wrong)} where it "
        f"argues for the wrong side; the texts of {counted(above, 'team')} have more than {number(right)}."
    )


def _others(many: int) -> str:
    return "one other" if many == 1 else f"{many} others"


def _named(names: Sequence[str]) -> str:
    """Names, the first few of many.

    >>> _named(["a", "b"])
    'a and b'
    """
    return listed(names) if len(names) <= MOST_NAMED else first(names, MOST_NAMED)
