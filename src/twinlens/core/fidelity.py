"""Two restorations beside the original: how near each comes to it."""

from __future__ import annotations

from dataclasses import dataclass

from twinlens.core.types import Favours, Number, Photo


@dataclass(frozen=True, slots=True)
class Nearness:
    """One full-reference measure of both photos, in `unit`; the higher, the nearer to the original.

    `nearer` is "same" where both read alike in the decimals shown; PSNR of equal pixels is infinite.
    """

    measure: str
    a: Number
    b: Number
    unit: str
    nearer: Favours


@dataclass(frozen=True, slots=True)
class Reference:
    """The original, and what each measure says."""

    original: Photo
    measures: tuple[Nearness, ...]
    notes: tuple[str, ...] = ()

    @property
    def nearer(self) -> Favours | None:
        """The side that is nearer by every measure in which they differ; None where these disagree."""
        sides = {one.nearer for one in self.measures} - {"same"}
        return None if len(sides) > 1 else sides.pop() if sides else "same"
