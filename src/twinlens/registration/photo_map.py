"""The map between the photos of a pair, for those who show them on each other."""

import numpy as np

from twinlens.core.types import Pair, Place
from twinlens.registration.affine import shifted
from twinlens.registration.align import align_pair


def to_a(pair: Pair) -> Place | None:
    """The map from pixels of photo b to those of photo a, edges at whole numbers.

    None where the photos lie on each other as they are, or could not be aligned.
    """
    frame = align_pair(pair)
    if frame.how in ("same", "failed"):
        return None
    frame = frame.swapped() if pair.mirrored else frame
    map = shifted(0.5, 0.5) @ frame.to_a @ np.linalg.inv(frame.to_b) @ shifted(-0.5, -0.5)
    a, b, c, d, e, f = map[:2].T.ravel().round(6).tolist()
    return a, b, c, d, e, f
