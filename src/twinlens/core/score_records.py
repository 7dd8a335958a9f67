"""The records of scores/2 and ranking/1: what a run's verdicts are worth, versions in order of their wins."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from twinlens.core.contracts import Count, JudgeSpec, Version
from twinlens.core.run_records import PromptRecord
from twinlens.core.types import Probability

Low = Annotated[float | None, Meta(description="of the 95 % interval; null where resampling says nothing")]
Scores = dict[str, "ScoreRecord"]


class ScoredRun(Struct):
    """The run that was scored; of votes their file, with no judge, and 0 scenes where none are given."""

    folder: str
    judge: JudgeSpec
    rows: Count
    scenes: Count


class ScoreRecord(Struct):
    """A number about a judge."""

    value: Annotated[float | None, Meta(description="null where no row has it")]
    low: Low
    high: float | None
    n: Annotated[Count, Meta(description="rows counted")]
    failed: Annotated[Count, Meta(description="failures among them, or left out: a score of verdicts only")]
    signature: Annotated[str | UnsetType, Meta(description="what it counts, and how")] = UNSET


class ReliabilityBin(Struct):
    """One bin of the reliability diagram."""

    low: Probability
    high: Probability
    n: Count
    confidence: Probability
    accuracy: Probability


class ShareBin(Struct):
    """One bin of the share of people who agree with the label."""

    low: Probability
    high: Probability
    n: Count
    accuracy: Probability


class CompositeRecord(Struct):
    """A score of scores, as it was given."""

    text: str
    mean_over: str | None


class RaterRecord(Struct):
    """Who rated the texts."""

    judge: JudgeSpec
    version: str
    prompt: PromptRecord
    scale: Annotated[tuple[int, int], Meta(description="lowest and highest rating")]
    file: Annotated[str, Meta(description="in the run folder, where ratings stand")]
    rated: Annotated[Count, Meta(description="ratings there are")]
    failures: Annotated[dict[str, Count], Meta(description="ratings that failed, by kind")]


class GateRecord(Struct):
    """A requirement on scores."""

    require: str
    met: bool
    found: Scores


class ScoreDifference(Struct):
    """The second run's score less the first's, on the pairs of both."""

    value: float | None
    low: Low
    high: float | None
    n: Count
    words: Literal[
        "cannot be told apart", "the second is higher", "the second is lower", "too few scenes to tell"
    ]


class RunDifference(Struct):
    """The second run less the first."""

    pairs: Count
    only_first: Count
    only_second: Count
    same_labels: bool
    scores: dict[str, ScoreDifference]


class ScoresRecord(Struct, tag_field="schema", tag="twinlens.scores/2"):
    """How good a run's verdicts and reasons are."""

    run: ScoredRun
    scores: Annotated[Scores, Meta(description="by name; win_rate(VERSION) for each version")]
    by: Annotated[dict[str, dict[str, Scores]], Meta(description="column, then value, then their scores")]
    controls: Annotated[dict[str, Scores], Meta(description="majority_side, template_right, mirrored, …")]
    reliability: tuple[ReliabilityBin, ...]
    by_share: tuple[ShareBin, ...]
    composite: CompositeRecord | None
    notes: Annotated[tuple[str, ...], Meta(description="what a bare number would hide")]
    signature: Annotated[str, Meta(description="how the scores were made")]
    version: Version
    rater: RaterRecord | UnsetType | None = UNSET
    gates: tuple[GateRecord, ...] | UnsetType = UNSET
    against: Annotated[ScoresRecord | UnsetType, Meta(description="the second run")] = UNSET
    difference: RunDifference | UnsetType = UNSET


class TieParameter(Struct):
    """How often comparisons tie: Davidson's ν, ties for each win of two versions of equal strength."""

    value: Annotated[float, Meta(ge=0)]
    low: Low
    high: float | None


class IntransitiveCycle(Struct):
    """Versions in a circle: each wins against the next, the last against the first."""

    versions: tuple[str, ...]
    shares: Annotated[tuple[Probability, ...], Meta(description="of decided comparisons won, in that order")]
    p: Annotated[Probability, Meta(description="largest p-value of the sign tests, corrected for all pairs")]


class NextPair(Struct):
    """Two versions to compare next."""

    a: str
    b: str
    gain: Annotated[float, Meta(ge=0, description="what one more comparison is expected to say, in nats")]
    met: Annotated[float, Meta(ge=0, description="comparisons of the two so far")]


class RankedVersion(Struct):
    """A version, its strength, and how its pairs ended."""

    version: str
    rank: Annotated[int, Meta(ge=1)]
    strength: Annotated[float, Meta(description="log-odds; the mean of all versions is 0")]
    low: Low
    high: float | None
    n: Annotated[Count, Meta(description="pairs with a verdict")]
    won: Count
    tied: Count
    lost: Count
    failed: Annotated[Count, Meta(description="pairs without one")]


class RankStep(Struct):
    """The difference of strength from one version to the next."""

    better: str
    worse: str
    value: float
    low: Low
    high: float | None
    words: Literal["the first is better", "cannot be told apart", "too few scenes to tell"]


Model = Literal["bradley-terry", "davidson"]
Ties = Annotated[TieParameter | UnsetType | None, Meta(description="null where a tie is half a win of each")]


class GroupRanking(Struct):
    """The versions in the order of some comparisons: of a region, an aspect, a value of a column."""

    rows: Annotated[Count, Meta(description="comparisons")]
    model: Model
    ties: TieParameter | None
    versions: Annotated[tuple[RankedVersion, ...], Meta(description="the best first")]
    steps: tuple[RankStep, ...]
    cycles: tuple[IntransitiveCycle, ...]


class RankingRecord(Struct, tag_field="schema", tag="twinlens.ranking/1"):
    """Versions in order of how often they win."""

    run: ScoredRun
    versions: Annotated[tuple[RankedVersion, ...], Meta(description="the best first")]
    steps: tuple[RankStep, ...]
    chances: Annotated[
        tuple[tuple[Probability, ...], ...],
        Meta(description="of winning, row over column, in that order; empty for more than 200 versions"),
    ]
    notes: tuple[str, ...]
    signature: Annotated[str, Meta(description="how the ranking was made")]
    version: Version
    model: Model | UnsetType = UNSET
    ties: Ties = UNSET
    cycles: tuple[IntransitiveCycle, ...] | UnsetType = UNSET
    next: Annotated[tuple[NextPair, ...] | UnsetType, Meta(description="the pairs that say most")] = UNSET
    by: Annotated[dict[str, dict[str, GroupRanking]] | UnsetType, Meta(description="column, then value")] = (
        UNSET
    )
