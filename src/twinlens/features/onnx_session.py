"""A network in an ONNX file, run on a processor in one thread: its result is the same each time."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from twinlens.core.errors import BadInput


@cache
def session(file: Path) -> Any:
    """The network in a file, loaded once a process; BadInput where the file holds none."""
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads rest
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001  what onnxruntime raises has no class of its own
        line = " ".join(str(error).split())[:200]
        expected = "expected an ONNX file that `twinlens train answer` wrote"
        raise BadInput(f"{str(file)!r}: found {line}; {expected}") from None
