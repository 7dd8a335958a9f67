"""What a camera wrote of a shot, as a record."""

from dataclasses import dataclass

from msgspec import UNSET, UnsetType


@dataclass(frozen=True, slots=True)
class Exif:
    """What a camera wrote of a shot, as far as it says nothing of where, by whom, or by which camera.

    `exposure` is in seconds, `aperture` an f-number, `focal_length` in millimetres as on the lens, `taken`
    the camera's local time, such as 2024-05-31 14:07:00.
    """

    camera: str | UnsetType = UNSET
    lens: str | UnsetType = UNSET
    iso: int | UnsetType = UNSET
    exposure: float | UnsetType = UNSET
    aperture: float | UnsetType = UNSET
    focal_length: float | UnsetType = UNSET
    taken: str | UnsetType = UNSET
