"""The page of detailed results: one file that fetches nothing, every text of the submission escaped.

It names each failed line and shows what was read. It never says which answers are right: of two answers, one
that is wrong gives the label away.
"""

from __future__ import annotations

from html import escape

from .evaluation import Evaluation, Row
from .reference import METRIC_NAMES, Problem, Reference

MOST_PROBLEMS = 500
"""Problems that are shown one by one."""
LONGEST = 600
"""Characters of the reasons that are shown."""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --line: #8884; --dim: #888; --bad: #c62828; }}
@media (prefers-color-scheme: dark) {{ :root {{ --bad: #ff8a80; }} }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1.25rem; }}
h1 {{ font-size: 1.4rem; margin: 0; overflow-wrap: anywhere; }}
h2 {{ font-size: 1.05rem; margin: 2rem 0 .5rem; }}
p {{ margin: .25rem 0; }}
.dim {{ color: var(--dim); }}
.bad {{ color: var(--bad); }}
table {{ border-collapse: collapse; }}
th {{ text-align: left; font-weight: 600; color: var(--dim); }}
th, td {{ padding: .3rem 1rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }}
td.n {{ font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }}
td.text {{ white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; font-size: .9rem; }}
td.id {{ overflow-wrap: break-word; min-width: 5rem; max-width: 16rem; }}
th.n {{ text-align: right; }}
tr.total td {{ font-weight: 600; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p class="dim">{items} items, <span class="{mood}">{failed} failed</span>; an item that failed scores 0.</p>
<h2>Scores</h2>
<table><tr><th>metric</th><th class="n">value</th><th class="n">weight</th></tr>{scores}</table>
{problems}
<h2>What was read</h2>
<table><tr><th>item</th><th class="n">line</th><th>answer</th><th>reasons</th></tr>
{rows}
</table>
</body>
</html>
"""


def details_page(reference: Reference, made: Evaluation) -> str:
    """The page of one submission, as HTML."""
    failed = sum(not row.line for row in made.rows)
    return _PAGE.format(
        title=plain(reference.title or "Detailed results"),
        items=len(made.rows),
        failed=failed,
        mood="bad" if failed else "dim",
        scores="".join(_score(key, made.scores[key], weight) for key, weight in reference.weights.items())
        + _score("score", made.scores["score"], None),
        problems=_problems(made.problems),
        rows="\n".join(map(_row, made.rows)),
    )


def plain(text: str) -> str:
    """Foreign text for a page: escaped, and U+FFFD for what moves or hides other text.

    >>> plain("<b>\\u202ea & b")
    '&lt;b&gt;\\ufffda &amp; b'
    """
    if not text.replace("\n", "").isprintable():
        letters = (one if one.isprintable() or one in "\n\t\u00a0" else "\ufffd" for one in text)
        text = "".join(letters)
    return escape(text)


def _score(key: str, value: float, weight: float | None) -> str:
    kind, cell = ("", f"{weight:g}") if weight is not None else (' class="total"', "")
    name = METRIC_NAMES.get(key, key)
    return f'<tr{kind}><td>{name}</td><td class="n">{value:.4f}</td><td class="n">{cell}</td></tr>'


def _problems(problems: list[Problem]) -> str:
    """The section of what is wrong, a problem a row; nothing where nothing is."""
    if not problems:
        return ""
    more = len(problems) - MOST_PROBLEMS
    rest = f"<p>and {more} more</p>" if more > 0 else ""
    cells = "\n".join(
        f'<tr><td class="n">{line or "–"}</td><td class="text">{plain(text)}</td></tr>'
        for line, text in problems[:MOST_PROBLEMS]
    )
    heads = '<tr><th class="n">line</th><th>problem</th></tr>'
    return f'<h2 class="bad">What is wrong</h2>\n<table>{heads}\n{cells}\n</table>{rest}'


def _row(row: Row) -> str:
    text = row.rationale if len(row.rationale) <= LONGEST else row.rationale[:LONGEST] + " …"
    answer = plain(row.answer) if row.line else '<span class="bad">failed</span>'
    return (
        f'<tr><td class="id">{plain(row.id)}</td><td class="n">{row.line or "–"}</td>'
        f'<td>{answer}</td><td class="text">{plain(text)}</td></tr>'
    )
