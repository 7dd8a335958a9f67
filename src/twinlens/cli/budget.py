"""The options that say what the calls of a command to servers may cost."""

from __future__ import annotations

from typing import Annotated

import typer

MaxCalls = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Stop after N calls to servers; the same command goes on."),
]
MaxTokens = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="Stop once servers counted N tokens, prompts and answers; as --max-calls."
    ),
]
