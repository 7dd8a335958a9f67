"""Several questions read and answered side by side: one pass over what they share, one over the rest.

Keys and values of what all questions begin with are computed once and kept; what a second question has in
common with the first one in its row is not read again. Rows are padded on the left, behind the shared start,
and every token has the position it would have alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer

from twinlens.judges.checkpoint import Loaded
from twinlens.judges.image_features import Asked, joined

STARTS = 4
"""How many shared starts are kept."""
ROOM = 64
"""Tokens by which keys and values grow at once."""


class Room(DynamicLayer):  # type: ignore[no-untyped-call]
    """Keys and values of a layer with room to grow, so that a token more is not a copy of all."""

    room: tuple[torch.Tensor, ...] | None = None

    def update(self, key_states: Any, value_states: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Add keys and values, shape (rows, heads, tokens, width); all of them so far are given back."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        new, used = (key_states, value_states), self.get_seq_length()
        need = used + key_states.shape[-2]
        room: Any = self.room
        if room is None or room[0].shape[-2] < need:
            room = tuple(one.new_empty((*one.shape[:2], need + ROOM, one.shape[-1])) for one in new)
            for made, known in zip(room, (self.keys, self.values), strict=True):
                if used:
                    made[:, :, :used] = known
            self.room = room
        for made, added in zip(room, new, strict=True):
            made[:, :, used:need] = added
        self.keys, self.values = (one[:, :, :need] for one in room)
        return self.keys, self.values

    def batch_select_indices(self, indices: Any) -> None:
        """Keep some rows only."""
        super().batch_select_indices(indices)
        self.room = None


class Conversation:
    """Questions side by side, one a row: `read` scores the next token, `write` goes on greedily."""

    def __init__(self, checkpoint: Loaded, rows: Sequence[Asked]) -> None:
        self.checkpoint = checkpoint
        self.rows = list(rows)
        self._begin()

    def _begin(self) -> None:
        """Nothing is read but what all rows begin with."""
        start = _shared_start(self.rows)
        self.held = [start] * len(self.rows)
        self.mask = torch.ones((len(self.rows), len(start)), dtype=torch.bool)
        self.cache = Cache(layer_class_to_replicate=Room)
        for index, (keys, values) in enumerate(_start(self.checkpoint, tuple(start))):
            many = (one.expand(len(self.rows), -1, -1, -1) for one in (keys, values))
            self.cache.update(*many, index)

    def read(self, rows: Sequence[Asked]) -> torch.Tensor:
        """The scores of each row's next token, shape (rows, vocabulary), float32."""
        self._drop(rows)
        self.rows = list(rows)
        new = [row.tokens[len(held) :] for row, held in zip(rows, self.held, strict=True)]
        width = max(map(len, new))
        ids = torch.zeros((len(rows), width), dtype=torch.long)
        places = torch.zeros((*rows[0].positions.shape[:-1], len(rows), width), dtype=torch.long)
        mask = torch.zeros((len(rows), width), dtype=torch.bool)
        for index, (row, part) in enumerate(zip(rows, new, strict=True)):
            ids[index, width - len(part) :] = torch.tensor(part)
            places[..., index, width - len(part) :] = row.positions[..., len(row.tokens) - len(part) :]
            mask[index, width - len(part) :] = True
        images = [
            image.features
            for row, held in zip(rows, self.held, strict=True)
            for image, begin in zip(row.images, row.begins, strict=True)
            if begin >= len(held)
        ]
        self.held = [row.tokens for row in rows]
        self.mask = torch.cat([self.mask, mask], 1)
        self.next = torch.tensor([int(row.positions.max()) + 1 for row in rows])
        return self._forward(ids, places, {"mm_encoder_outputs": {"image": joined(images)}} if images else {})

    def write(self, scores: torch.Tensor, most: int, done: Callable[[list[int]], bool]) -> list[list[int]]:
        """What each row goes on with, the likeliest token each time, until done or of so many tokens."""
        written: list[list[int]] = [[] for _ in self.rows]
        going = list(range(len(self.rows)))
        while True:
            for row, token in zip(going, scores.argmax(-1).tolist(), strict=True):
                written[row].append(token)
            left = [at for at, row in enumerate(going) if len(written[row]) < most and not done(written[row])]
            if not left:
                return written
            if len(left) < len(going):
                self._keep(left)
                going = [going[at] for at in left]
            ids = torch.tensor([[written[row][-1]] for row in going])
            self.mask = torch.cat([self.mask, torch.ones((len(going), 1), dtype=torch.bool)], 1)
            shape = (*self.rows[0].positions.shape[:-1], len(going), 1)
            scores = self._forward(ids, self.next[:, None].expand(shape), {})
            self.next = self.next + 1

    def _keep(self, rows: list[int]) -> None:
        """Go on with some rows only."""
        chosen = torch.tensor(rows)
        self.cache.batch_select_indices(chosen.to(self.checkpoint.device))
        self.mask, self.next = self.mask[chosen], self.next[chosen]

    def _drop(self, rows: Sequence[Asked]) -> None:
        """Forget what the rows now differ in from what was read, and all where an image is among it."""
        common = [
            min(_common(held, row.tokens), len(row.tokens) - 1)
            for held, row in zip(self.held, rows, strict=True)
        ]
        columns = max(len(held) - same for held, same in zip(self.held, common, strict=True))
        if not columns:
            return
        gone = self.mask[:, -columns:].sum(1).tolist()
        kept = [len(held) - lost for held, lost in zip(self.held, gone, strict=True)]
        if not all(map(_same_images, self.rows, rows, kept)):
            self.rows = list(rows)
            self._begin()
            return
        self.cache.crop(-columns)
        self.mask = self.mask[:, :-columns]
        self.held = [held[:known] for held, known in zip(self.held, kept, strict=True)]

    def _forward(self, ids: torch.Tensor, places: torch.Tensor, more: dict[str, Any]) -> torch.Tensor:
        device = self.checkpoint.device
        padded = None if bool(self.mask.all()) else self.mask.long().to(device)
        out = self.checkpoint.model(
            input_ids=ids.to(device), position_ids=places.to(device), attention_mask=padded,
            cache=self.cache, use_cache=True, logits_to_keep=1, **more,
        )  # fmt: skip
        scores: torch.Tensor = out.logits[:, -1].float().cpu()
        return scores


def _start(checkpoint: Loaded, tokens: tuple[int, ...]) -> list[tuple[Any, Any]]:
    """Keys and values of a start of text that questions share, layer by layer."""
    if not tokens:
        return []
    kept: dict[tuple[int, ...], list[tuple[Any, Any]]] = checkpoint.kept.setdefault("starts", {})
    if tokens not in kept:
        cache: Any = Cache(layer_class_to_replicate=DynamicLayer)
        ids = torch.tensor([tokens], device=checkpoint.device)
        checkpoint.model(input_ids=ids, cache=cache, use_cache=True, logits_to_keep=1)
        kept[tokens] = [(layer.keys, layer.values) for layer in cache.layers]
        while len(kept) > STARTS:
            kept.pop(next(iter(kept)))
    return kept[tokens]


def _shared_start(rows: Sequence[Asked]) -> list[int]:
    """The tokens before the first image that all rows begin with; never all tokens of a row."""
    first, *others = rows
    most = min(
        min((row.begins or (len(row.tokens) - 1,))[0] for row in rows), *(len(row.tokens) - 1 for row in rows)
    )
    return first.tokens[: min((_common(first.tokens[:most], row.tokens) for row in others), default=most)]


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts begin with alike."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _same_images(before: Asked, now: Asked, kept: int) -> bool:
    """Whether the tokens kept hold the same images in both, each whole."""
    for known, image, begin in zip(before.images, now.images, now.begins, strict=False):
        if begin < kept and (known is not image or begin + len(image.tokens) > kept):
            return False
    return True
