"""Files that judges are given by name: a pipe or a device is refused at once, in a line."""

import os
import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from twinlens.core import catalog
from twinlens.core.errors import BadInput


@pytest.mark.parametrize("file", ["pipe", "/dev/zero", "."])
def test_weights_that_are_no_file_are_refused_at_once(tmp_path: Path, file: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match=r"cannot be read: a (named pipe|device|folder); expected a file"):
        catalog.part("judges", f'measured(weights="{tmp_path / file}")')


@pytest.mark.parametrize("name", ["card.json", "heads.npz", "backbone.onnx"])
def test_a_network_with_a_pipe_in_its_folder_is_refused_at_once(tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(str(files("twinlens.networks") / "weights"), tmp_path / "net")
    Path(folder, name).unlink()
    os.mkfifo(Path(folder, name))
    for judge in ("answer", "expert"):
        with pytest.raises(BadInput, match="a named pipe"):
            catalog.part("judges", f'{judge}(checkpoint="{folder}")')


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 cut", b"no archive"])
def test_a_network_whose_arrays_are_no_archive_is_refused_in_a_line(tmp_path: Path, data: bytes) -> None:
    folder = shutil.copytree(str(files("twinlens.networks") / "weights"), tmp_path / "net")
    Path(folder, "heads.npz").write_bytes(data)
    with pytest.raises(BadInput, match="expected a folder that `twinlens train answer` wrote"):
        catalog.part("judges", f'answer(checkpoint="{folder}")')


def test_arrays_that_would_fill_the_memory_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(str(files("twinlens.networks") / "weights"), tmp_path / "net")
    np.savez_compressed(Path(folder, "heads.npz"), heads=np.zeros(1 << 20))
    monkeypatch.setattr("twinlens.networks.preference_net.LARGEST", 8 << 20)
    with pytest.raises(BadInput, match=r"found arrays of 8,388,\d\d\d bytes"):
        catalog.part("judges", f'answer(checkpoint="{folder}")')
