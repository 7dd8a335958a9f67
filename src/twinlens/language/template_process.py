"""The process in which templates are filled in; it needs nothing but the standard library and Jinja.

A template is a program, and of a checkpoint or a file it may be anybody's. Jinja's sandbox keeps it from the
rest of the program, and the limits of this process from the machine: memory and seconds are few, and no file
can be written. A line of JSON in, a line of JSON out (`language.templates`).
"""

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import cache, lru_cache, partial
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension, loopcontrols
from jinja2.meta import find_undeclared_variables
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

MEMORY = 1 << 29
"""Bytes of memory."""
LONGEST = 4 << 20
"""Characters of what a template gives."""


class _Generation(Extension):
    """The tag with which chat templates mark what the model wrote; here it changes nothing."""

    tags = {"generation"}  # noqa: RUF012  as Jinja wants it

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Namespace(Namespace):
    """A namespace without names that begin with an underscore."""

    def __init__(*args: Any, **named: Any) -> None:
        if any(name.startswith("_") for name in dict(*args[1:], **named)):
            raise SecurityError("a namespace takes no name that begins with an underscore")
        Namespace.__init__(*args, **named)

    def __setitem__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            raise SecurityError("a namespace takes no name that begins with an underscore")
        Namespace.__setitem__(self, name, value)


def _raise(message: str) -> None:
    raise TemplateError(message)


@cache
def _environment(kind: str) -> ImmutableSandboxedEnvironment:
    """The environment of our prompts, or the one in which transformers fills in chat templates."""
    if kind == "prompt":
        return ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols]
    )
    made.filters["tojson"] = partial(json.dumps, ensure_ascii=False)
    made.globals.update(
        raise_exception=_raise, strftime_now=lambda form: datetime.now().strftime(form), namespace=_Namespace
    )
    return made


@lru_cache(maxsize=16)
def _compiled(kind: str, text: str) -> Any:
    return _environment(kind).from_string(text)


def _answer(kind: str, text: str, calls: list[tuple[str | None, dict[str, Any]]]) -> dict[str, Any]:
    """What a template uses, its blocks, and the text of each call: of a block, or None for the whole."""
    try:
        compiled = _compiled(kind, text)
        used = find_undeclared_variables(_environment(kind).parse(text))
        blocks = list(compiled.blocks)
        texts = [_short(_text(compiled, block, values)) for block, values in calls]
    except TemplateSyntaxError as error:
        return {"error": f"line {error.lineno}: {error.message}", "syntax": True}
    except MemoryError:
        return {"error": f"it takes more memory than {MEMORY:,} bytes"}
    except RecursionError:
        return {"error": "it calls itself without end"}
    except Exception as error:  # noqa: BLE001  a template may do anything
        return {"error": f"{error}"[:2000] or type(error).__name__}
    return {"used": sorted(used), "blocks": blocks, "texts": texts}


def _text(compiled: Any, block: str | None, values: dict[str, Any]) -> Iterator[str]:
    if block is None:
        yield from compiled.generate(values)
    elif block in compiled.blocks:
        yield from compiled.blocks[block](compiled.new_context(values))


def _short(pieces: Iterator[str]) -> str:
    """The pieces of a text, joined."""
    joined, length = [], 0
    for piece in pieces:
        joined.append(piece)
        length += len(piece)
        if length > LONGEST:
            raise ValueError(f"it gives more than {LONGEST:,} characters")
    return "".join(joined)


def _limit(seconds: int) -> None:
    """Limit this process: memory, files it writes; and from now on the seconds it may compute."""
    with suppress(ImportError, ValueError, OSError):  # no such limits on Windows
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        for kind, most in (
            (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + seconds),
        ):  # fmt: skip
            hard = resource.getrlimit(kind)[1]
            resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def main() -> None:
    """Answer one line after the other."""
    for line in sys.stdin.buffer:
        request = json.loads(line)
        _limit(request.pop("seconds"))
        answer = json.dumps(_answer(**request))
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
