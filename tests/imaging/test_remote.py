"""Photos at addresses are read where they lie, within the limits, and are the photos they are on disk."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bucket import put, serving
from twinlens.core.errors import BadInput, BadPhoto, MissingExtra
from twinlens.imaging import remote
from twinlens.imaging.open import Limits, open_photo
from twinlens.imaging.remote import file_system, is_address
from twinlens.readers import scan_pairs

Pictures = list[tuple[Path, Path]]


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A folder in fsspec's memory, which only tests allow."""
    monkeypatch.setattr(remote, "SCHEMES", (*remote.SCHEMES, "memory"))
    system, _ = file_system("memory://shots")
    yield "memory://shots"
    system.store.clear()


def test_a_photo_in_memory_or_on_disk_is_the_same(pictures: Pictures, memory: str) -> None:
    file = pictures[0][0]
    system, path = file_system(f"{memory}/a.png")
    system.pipe(path, file.read_bytes())
    on_disk = open_photo(file)
    photo = open_photo(f"{memory}/a.png")
    assert (photo.file, photo.sha256) == (f"{memory}/a.png", on_disk.sha256)
    assert (photo.pixels == on_disk.pixels).all()


def test_a_photo_in_a_bucket_is_the_same(pictures: Pictures, bucket: str) -> None:
    photo = open_photo(put("d/a.png", pictures[0][0].read_bytes()))
    assert (photo.file, photo.sha256) == (f"{bucket}/d/a.png", open_photo(pictures[0][0]).sha256)


@pytest.mark.parametrize("name", ["none.png", "d/none.png"])
def test_what_is_not_there_is_named(bucket: str, memory: str, name: str) -> None:
    for address in (f"{bucket}/{name}", f"{memory}/{name}"):
        with pytest.raises(BadPhoto, match="no such file; expected a photo") as refused:
            open_photo(address)
        assert refused.value.file == address


def test_limits_hold_for_addresses(pictures: Pictures, bucket: str) -> None:
    size = pictures[0][0].stat().st_size
    address = put("large.png", pictures[0][0].read_bytes())
    assert open_photo(address, Limits(bytes=size)).width == 128
    with pytest.raises(BadPhoto, match=r"expected at most .* bytes"):
        open_photo(address, Limits(bytes=size - 1))
    with pytest.raises(BadPhoto, match="pixels"):
        open_photo(address, Limits(pixels=100))


@pytest.mark.parametrize(
    "address", ["nothing://x/a.png", "s3://nobody-has-this/a.png", "s3://photos", "s3://"]
)
def test_what_cannot_be_read_is_one_line(bucket: str, address: str) -> None:
    with pytest.raises(BadPhoto) as refused:
        open_photo(address)
    assert "\n" not in str(refused.value)
    assert refused.value.file == address


@pytest.mark.parametrize(
    "address",
    [
        "abfs://a@b/c", "webhdfs://127.0.0.1:9/a", "simplecache::s3://b/a.png", "file:///etc/passwd",
        "zip://a.png::file:///x.zip", "reference://a", "s3://b/a.png::file:///x", "https://127.0.0.1/a.png",
        "s3://key:secret@b/a.png", "s3://[::1]/a", "gs://b\x01/a", "nothing://x", "S3://b/a", "memory://a.png",
    ],
)  # fmt: skip
def test_an_address_that_is_not_on_the_list_is_refused_and_reaches_nothing(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_arrow_system", lambda *_: pytest.fail("a store was reached"))
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(BadPhoto, match="an address that is not read; expected s3://bucket/photo or gs://"):
        open_photo(address)
    with pytest.raises(BadInput, match="expected s3://bucket/photo"):
        file_system(address)
    (tmp_path / "pairs.csv").write_text(f'id,a,b\nx,"{address}",s3://b/b.png\n')
    (problem,) = scan_pairs(tmp_path / "pairs.csv").problems
    assert (problem.kind, problem.where.rpartition(":")[2]) == ("row", "2")


def test_a_store_that_is_silent_is_waited_for_no_longer_than_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    silence = threading.Event()
    monkeypatch.setattr(remote, "SECONDS", 0.05)
    monkeypatch.setattr(remote, "file_system", lambda _: silence.wait())
    with pytest.raises(BadPhoto, match="no answer in 0 seconds"):
        open_photo("s3://b/a.png")
    silence.set()


def test_without_fsspec_the_install_line_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingExtra, match=r"pip install 'twinlens\[ray\]'"):
        open_photo("s3://b/a.png")


@pytest.mark.parametrize("path", ["a.png", "/a/b:c.png", "C:/a.png", "C:\\a.png", "a/s3://b.png", "x:y"])
def test_a_file_on_disk_is_no_address(path: str) -> None:
    assert not is_address(path)
