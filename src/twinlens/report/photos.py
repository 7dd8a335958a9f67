"""A photo as it travels in a page.

The page is for looking at true pixels, so a photo travels as the bytes of its own file where a browser shows
those exactly as they were decoded here, and otherwise as lossless WebP of the decoded pixels (about 1 MB a
megapixel; PNG where a side is too long for WebP). No metadata travels along (`bare_file`). AVIF is always
re-encoded: Pillow does not report its colour space, so what a browser would show cannot be known.
"""

import base64
import io
import warnings
from pathlib import Path

import numpy as np
from markupsafe import Markup
from PIL import Image

from twinlens.core.types import Photo
from twinlens.imaging.sniff import sniff
from twinlens.report.bare_file import bare

WEBP_SIDE = 16383
"""The longest side WebP can hold, in pixels."""
BROWSER_FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


def photo_uri(photo: Photo, embed: int | None, source: bytes | None = None) -> Markup:
    """The photo as a data URI; `source` is what its file holds, where that was read before."""
    if embed is not None and max(photo.width, photo.height) > embed:
        image = Image.fromarray(photo.pixels)
        image.thumbnail((embed, embed), Image.Resampling.LANCZOS)
        mime, data = _encoded(image, "JPEG", quality=92, subsampling=0)
    else:
        mime, data = _own_bytes(photo, source) or _lossless(photo)
    return Markup(f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}")


def _own_bytes(photo: Photo, source: bytes | None) -> tuple[str, bytes] | None:
    """The file's media type and bytes, if a browser that ignores orientation shows `photo.pixels`."""
    try:
        if source is None and not Path(photo.file).is_file():
            return None
        data = Path(photo.file).read_bytes() if source is None else source
        form = (sniff(data) or "").upper()
        if form not in BROWSER_FORMATS:
            return None
        data = bare(form, data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                still = getattr(image, "n_frames", 1) == 1
                fits = image.size == (photo.width, photo.height) and image.mode in ("L", "RGB")
                if image.format != form or not still or not fits or _recoloured(image, data):
                    return None
                if not np.array_equal(np.asarray(image.convert("RGB")), photo.pixels):
                    return None
                return BROWSER_FORMATS[form], data
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None  # gone, changed or unreadable since it was decoded: the pixels are still at hand


def _recoloured(image: Image.Image, data: bytes) -> bool:
    """Whether a PNG holds chunks that a browser obeys and Pillow's plain decoding does not."""
    if image.format != "PNG":
        return False
    gamma = "gamma" in image.info or "chromaticity" in image.info
    return "transparency" in image.info or b"cICP" in data or (gamma and "srgb" not in image.info)


def _lossless(photo: Photo) -> tuple[str, bytes]:
    image = Image.fromarray(photo.pixels)
    if max(image.size) > WEBP_SIDE:
        return _encoded(image, "PNG", compress_level=3)
    return _encoded(image, "WEBP", lossless=True, method=0, quality=0)


def _encoded(image: Image.Image, form: str, **options: int | bool) -> tuple[str, bytes]:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return BROWSER_FORMATS[form], buffer.getvalue()
