"""Eight small pairs and what a stub model says of them, the same wherever they are made."""

from __future__ import annotations

import csv
import json
from pathlib import Path

REASONS = "<thinking>\n{}\n</thinking>\n<answer>{}</answer>"
EXPERT = REASONS.format(
    "Global Sharpness: Image A (Left) is sharper, while Image B (Right) is blurry.\n\n"
    "Global Quality: Image A (Left) is better overall.",
    "A",
)
SWAPPED = REASONS.format("Global Sharpness: Image B (Right) is sharper; Image A (Left) is soft.", "B")
PAIRS = (  # id, scene, label, expert's text, what the stub says
    ("astronaut", "space", "a", EXPERT, EXPERT),
    ("rocket", "space", "b", SWAPPED, SWAPPED.replace("thinking", "think")),
    ("cat", "home", "a", EXPERT, "Image B is noisier than Image A.\n\nFinal answer: the left image"),
    ("coffee", "home", "b", SWAPPED, EXPERT),
    ("cat-2", "cat", "a", EXPERT, "Both are equally sharp.\n\n<answer>tie</answer>"),
    ("astronaut-2", "portrait", "b", SWAPPED, "I prefer neither; let me think about it."),
    ("coffee-2", "cup", "a", EXPERT, "I'm sorry, but I can't compare these images."),
    ("rocket-2", "launch", "b", SWAPPED, "Global Noise: Image A (Left) is noisier than Image B (Right)."),
)
ANSWERS = {id: said for id, _, _, _, said in PAIRS}
UNREAD = ("astronaut-2", "coffee-2", "rocket-2")


def write_pairs(folder: Path, most: int = len(PAIRS)) -> Path:
    """The photos, 128 by 96 pixels, of which b or a is blurred as the label wants it, and their table.

    `most` is how many pairs there are at most.
    """
    from PIL import Image, ImageFilter
    from skimage import data

    photographs = {
        "astronaut": data.astronaut, "rocket": data.rocket, "cat": data.chelsea, "coffee": data.coffee,
    }  # fmt: skip
    (folder / "photos").mkdir(parents=True)
    rows = []
    for at, (id, scene, label, reference, _) in enumerate(PAIRS[:most]):
        left, top = 60 + 40 * (at // 4), 40 + 30 * (at // 4)
        sharp = Image.fromarray(photographs[id.split("-")[0]]()[top : top + 96, left : left + 128])
        names = [f"photos/{id}_{side}.png" for side in "ab"]
        for name, side in zip(names, "ab", strict=True):
            made = sharp if side == label else sharp.filter(ImageFilter.GaussianBlur(1.2))
            made.save(folder / name)
        rows.append((id, *names, scene, label, reference))
    with open(folder / "pairs.csv", "w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("id", "a", "b", "scene", "label", "reference"), *rows])
    (folder / "answers.json").write_text(json.dumps(ANSWERS), "utf-8")
    return folder / "pairs.csv"
