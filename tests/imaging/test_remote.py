"""Photos at addresses are read where they lie, within the limits, and are the photos they are on disk."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bucket import put, serving
from twinlens.core.errors import BadInput, BadPhoto, MissingExtra
from twinlens.imaging.open import Limits, open_photo
from twinlens.imaging.remote import file_system, is_address

Pictures = list[tuple[Path, Path]]


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def memory() -> Iterator[str]:
    """A folder in fsspec's memory."""
    system, _ = file_system("memory://shots")
    yield "memory://shots"
    system.store.clear()


def test_a_photo_in_memory_on_disk_or_behind_file_is_the_same(pictures: Pictures, memory: str) -> None:
    file = pictures[0][0]
    system, path = file_system(f"{memory}/a.png")
    system.pipe(path, file.read_bytes())
    on_disk = open_photo(file)
    for address in (f"{memory}/a.png", file.as_uri()):
        photo = open_photo(address)
        assert (photo.file, photo.sha256) == (address, on_disk.sha256)
        assert (photo.pixels == on_disk.pixels).all()


def test_a_photo_in_a_bucket_is_the_same(pictures: Pictures, bucket: str) -> None:
    photo = open_photo(put("d/a.png", pictures[0][0].read_bytes()))
    assert (photo.file, photo.sha256) == (f"{bucket}/d/a.png", open_photo(pictures[0][0]).sha256)


@pytest.mark.parametrize("name", ["none.png", "d/none.png"])
def test_what_is_not_there_is_named(bucket: str, memory: str, name: str) -> None:
    for address in (f"{bucket}/{name}", f"{memory}/{name}", f"file:///nowhere/{name}"):
        with pytest.raises(BadPhoto, match="no such file; expected a photo") as refused:
            open_photo(address)
        assert refused.value.file == address


def test_limits_hold_for_addresses(pictures: Pictures, bucket: str) -> None:
    size = pictures[0][0].stat().st_size
    address = put("large.png", pictures[0][0].read_bytes())
    assert open_photo(address, Limits(bytes=size)).width == 128
    for where in (address, pictures[0][0].as_uri()):
        with pytest.raises(BadPhoto, match=r"expected at most .* bytes"):
            open_photo(where, Limits(bytes=size - 1))
    with pytest.raises(BadPhoto, match="pixels"):
        open_photo(address, Limits(pixels=100))


@pytest.mark.parametrize("address", ["nothing://x/a.png", "s3://nobody-has-this/a.png", "memory://", "s3://"])
def test_what_cannot_be_read_is_one_line(bucket: str, address: str) -> None:
    with pytest.raises(BadPhoto) as refused:
        open_photo(address)
    assert "\n" not in str(refused.value)
    assert refused.value.file == address


def test_a_scheme_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadInput, match="Protocol not known: nothing"):
        file_system("nothing://x")


def test_without_fsspec_the_install_line_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingExtra, match=r"pip install 'twinlens\[ray\]'"):
        open_photo("memory://a.png")


@pytest.mark.parametrize("path", ["a.png", "/a/b:c.png", "C:/a.png", "C:\\a.png", "a/s3://b.png", "x:y"])
def test_a_file_on_disk_is_no_address(path: str) -> None:
    assert not is_address(path)
