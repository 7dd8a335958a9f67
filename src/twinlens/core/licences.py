"""What is installed under which licence: our direct dependencies, and the libraries inside their wheels.

A licence is what a package says of itself, in its metadata or else at the head of its licence file; those of
libraries inside wheels stand here by the names of their files, since wheels say them nowhere to be read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata

COPYLEFT = {
    "GPL-2.0-or-later": ("x264", "x265", "kvazaar"),
    "LGPL-2.1-or-later": (
        "avcodec", "avdevice", "avfilter", "avformat", "avutil", "swresample", "swscale", "fribidi",
        "quadmath",
    ),
    "LGPL-2.1-only OR CDDL-1.0": ("raw", "raw_r"),
    "LGPL-3.0-or-later": ("heif", "de265"),
    "GPL-3.0-or-later WITH GCC-exception-3.1": ("gomp", "gfortran", "gcc_s", "stdc++"),
}  # fmt: skip
PERMISSIVE = {
    "Apache-2.0": ("crypto", "ssl", "sleef"),
    "BSD-2-Clause": ("aom", "avif", "dav1d", "jxr", "jpegxr", "openjp2", "blosc2", "lz4", "aec", "lerc"),
    "BSD-3-Clause": (
        "blosc", "charls", "jxl", "jxl_cms", "jxl_threads", "openblas", "openblasp-r0", "scipy_openblas",
        "scipy_openblas64_", "sharpyuv", "snappy", "SvtAv1Enc", "vpx", "webp", "webpdemux", "webpmux", "zstd",
    ),
    "FTL OR GPL-2.0-or-later": ("freetype",),
    "IJG AND BSD-3-Clause": ("jpeg", "turbojpeg"),
    "JasPer-2.0": ("jasper",),
    "MIT": (
        "brotlicommon", "brotlidec", "brotlienc", "deflate", "drm", "gif", "harfbuzz", "lcms2", "Xau", "xcb",
    ),
    "libpng-2.0": ("png16",),
    "libtiff": ("tiff",),
    "0BSD": ("lzma",),
    "Zlib": ("z",),
    "NVIDIA, proprietary": ("cudart", "nvjpeg", "nvrtc", "cupti", "cublas"),
}  # fmt: skip
UNSTATED = "not stated in the package"
APACHE = re.compile(r"Apache (?:Software )?License,? (?:Version )?2\.0\b")
"""How its licence file begins."""
LICENCES = {name: text for table in (COPYLEFT, PERMISSIVE) for text, names in table.items() for name in names}
LIBRARY = re.compile(r"lib([A-Za-z0-9_+]+(?:-r0)?)(?:-[0-9a-f]{8})?[.0-9a-f]*\.(?:so|dylib|dll)[.0-9]*$")
REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)[^;]*(?:;.*extra == ['\"]([A-Za-z0-9-]+)['\"])?")
OURS, DEVELOPMENT = "twinlens", "dev"


@dataclass(frozen=True)
class Dependency:
    """A direct dependency, the extras it comes with (none: always), its licence, and what its wheel bundles.

    `licence` is None where it is not installed; `inside` are libraries by name with the licence of each.
    """

    package: str
    extras: tuple[str, ...]
    licence: str | None
    inside: tuple[tuple[str, str], ...] = ()


@cache
def dependencies() -> tuple[Dependency, ...]:
    """Our direct dependencies by name, those of development left out."""
    extras: dict[str, set[str]] = {}
    for requirement in metadata.requires(OURS) or ():
        match = REQUIREMENT.match(requirement)
        if match and match[1] != OURS and match[2] != DEVELOPMENT:
            extras.setdefault(match[1].lower(), set()).update(filter(None, [match[2]]))
    return tuple(_dependency(package, tuple(sorted(names))) for package, names in sorted(extras.items()))


def _dependency(package: str, extras: tuple[str, ...]) -> Dependency:
    try:
        installed = metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return Dependency(package, extras, None)
    return Dependency(package, extras, stated_licence(installed), tuple(sorted(set(_libraries(installed)))))


def _libraries(package: metadata.Distribution) -> Iterator[tuple[str, str]]:
    """The shared libraries of others in a wheel, each with its licence."""
    for file in package.files or ():
        match = LIBRARY.match(file.name)
        if match and (match[1] in LICENCES or file.parts[0].endswith((".libs", ".dylibs"))):
            yield match[1], LICENCES.get(match[1], UNSTATED)


def stated_licence(package: metadata.Distribution) -> str:
    """The licence as the package states it: an SPDX expression, a short name, or a classifier."""
    about = package.metadata
    stated = (about[key] for key in ("License-Expression", "License") if key in about)
    short = next((text for text in map(str.strip, stated) if text), "")
    kinds = [str(line) for line in about.get_all("Classifier") or () if str(line).startswith("License ::")]
    if "\n" in short or short in ("", "UNKNOWN"):
        short = ", ".join(kind.rpartition(" :: ")[2] for kind in kinds)
    return short or next(filter(None, map(_filed, package.files or ())), UNSTATED)


def _filed(file: metadata.PackagePath) -> str:
    """What the head of a licence file says, and where that stands; "" of any other file."""
    named = file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING"))
    head = " ".join(file.read_text("utf-8")[:200].split()) if named else ""
    return f"Apache-2.0 (by its file {file.name})" if APACHE.match(head) else ""
