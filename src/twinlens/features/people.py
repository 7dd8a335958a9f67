"""The parts of people around their faces: face, eyes, skin, hair, clothing, and what is behind them.

A small network of MediaPipe says which pixels are of people (Selfie Segmentation, 2021); the landmarks of the
faces and the colours of face and hair say which part they are.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.features.faces import CHIN, EYES, FOREHEAD, LIPS, OVAL, Face, network

Mask = NDArray[np.bool_]
Picture = NDArray[np.uint8]
PERSON_SIDE = 256
PALE = 0.35
"""Chroma of a face as a share of its lightness, under which it may be of stone or metal."""
SAME_TINT, ALIKE = 7.0, 0.6
"""Steps of a* and b* up to which a body has the tint of a face; share of it from which it is a statue."""
HAIR = ((0.5, 2.0), 0.9)
"""Where hair is sought first: heights above the chin, and to either side, in heights of the face."""
LONG_HAIR = ((-1.2, 2.0), 1.2)
"""Where hair of that colour may be."""
LOW, LIKE_HAIR = -0.35, 0.3
"""Heights above the chin where clothing is sure to be; from which share of it with the colour of hair none is
looked for below the chin."""


def find_parts(small: Picture, faces: list[Face]) -> dict[str, Mask]:
    """Masks of a uint8 sRGB picture by the names of the parts; a statue has no skin, no face no parts."""
    if not faces:
        return {}
    lab = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.float32)
    face = _filled(small.shape, [one.points[list(OVAL)] for one in faces])
    eyes = _filled(small.shape, [_wider(one.points[list(eye)]) for one in faces for eye in EYES])
    lips = _filled(small.shape, [one.points[list(LIPS)] for one in faces])
    person = _person(small) | face
    across, above = _around(small.shape, faces)
    below = (above < 0) & person & ~face
    like_face = np.logical_or.reduce([_like(lab, _inner(small.shape, one) & ~lips & ~eyes) for one in faces])
    skin = person & like_face & ((above < 0.2) | face) & ~eyes & ~lips
    first = person & ~face & ~like_face & _within(across, above, HAIR)
    long = _like(lab, first) & person & ~face & ~skin & _within(across, above, LONG_HAIR)
    clothed = below & ~like_face & (above < LOW)
    if clothed.any() and long[clothed].mean() > LIKE_HAIR:
        long &= above > 0
    hair = first | long
    parts = {
        "face": face,
        "eyes": eyes,
        "skin": skin,
        "hair": hair,
        "clothing": below & ~skin & ~hair,
        "background": ~np.asarray(cv2.dilate(person.astype(np.uint8), np.ones((9, 9), np.uint8)), bool),
    }
    if _is_statue(lab, face & ~eyes & ~lips, below):
        del parts["skin"]
    return parts


def _filled(shape: tuple[int, ...], outlines: list[NDArray[np.float32]]) -> Mask:
    mask = np.zeros(shape[:2], np.uint8)
    for outline in outlines:
        cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], 1)
    return mask.astype(bool)


def _wider(eye: NDArray[np.float32]) -> NDArray[np.float32]:
    """The outline of an eye with its lashes."""
    middle = eye.mean(axis=0)
    return np.asarray((eye - middle) * (1.25, 1.7) + middle, np.float32)


def _inner(shape: tuple[int, ...], face: Face) -> Mask:
    """The middle of a face, where neither hair nor background is."""
    oval = face.points[list(OVAL)]
    return _filled(shape, [(oval - oval.mean(axis=0)) * np.float32(0.75) + oval.mean(axis=0)])


def _person(small: Picture) -> Mask:
    view = cv2.resize(small, (PERSON_SIDE, PERSON_SIDE), interpolation=cv2.INTER_AREA)
    (share,) = network("person").run(None, {"photo": view[None].astype(np.float32) / 255})
    return np.asarray(cv2.resize(share[0, ..., 0], small.shape[1::-1]) > 0.5)


def _around(shape: tuple[int, ...], faces: list[Face]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of each pixel, how far beside the nearest face and how far above its chin, in heights of that face."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    nearest = np.full(shape[:2], np.inf, np.float32)
    across, above = np.zeros_like(nearest), np.zeros_like(nearest)
    for face in faces:
        chin = face.points[CHIN]
        up = face.points[FOREHEAD] - chin
        tall = max(1.0, float(np.hypot(*up)))
        x, y = (columns - chin[0]) / tall, (rows - chin[1]) / tall
        rises = (x * up[0] + y * up[1]) / tall
        beside = np.abs(x * up[1] - y * up[0]) / tall
        far = np.hypot(beside, rises - 0.5)
        closer = far < nearest
        nearest[closer], across[closer], above[closer] = far[closer], beside[closer], rises[closer]
    return across, above


def _within(
    across: NDArray[np.float32], above: NDArray[np.float32], zone: tuple[tuple[float, float], float]
) -> Mask:
    (low, high), beside = zone
    return np.asarray((above > low) & (above < high) & (across < beside))


def _like(lab: NDArray[np.float32], sample: Mask) -> Mask:
    """Where colour is that of a sample, as far as it spreads."""
    if not sample.any():
        return np.zeros(sample.shape, bool)
    colours = lab[sample]
    centre = np.median(colours, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(colours - centre), axis=0), (14, 4, 4)).astype(np.float32)
    return np.asarray((((lab - centre) / (2.5 * spread)) ** 2).sum(axis=2) < 1)


def _is_statue(lab: NDArray[np.float32], face: Mask, below: Mask) -> bool:
    """Whether a face is pale, and the body has its tint, in a picture that has colours."""
    if not face.any() or not below.any():
        return False
    light, *tint = np.median(lab[face], axis=0)
    pale = np.hypot(*(np.array(tint) - 128)) < PALE * light / 2.55
    alike = np.linalg.norm(lab[below][:, 1:] - np.array(tint, np.float32), axis=1) < SAME_TINT
    colourful = np.quantile(np.abs(lab[..., 1:] - 128), 0.95) > SAME_TINT
    return bool(pale and colourful and alike.mean() > ALIKE)
