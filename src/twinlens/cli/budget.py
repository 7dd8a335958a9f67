"""Options that limit what the calls of a command to servers cost."""

from __future__ import annotations

from typing import Annotated

import typer

MaxCalls = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Stop after N calls to servers; may be given again.")
]
MaxTokens = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Stop after N tokens of prompts and answers.")
]
