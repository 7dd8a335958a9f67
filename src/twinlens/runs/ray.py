"""The main path on a Ray cluster: rows in shards, judged by actors, brought home in their order.

Each actor makes its judge once, judges one shard after the other as any process does, and writes it. An actor
that dies is started again by Ray, and its shard is judged again. A shard that two actors left unwritten is
judged row by row in a process of its own, so that a row that ends its process is lost and not the run.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import socket
import sys
import warnings
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import asdict

from twinlens.core import catalog
from twinlens.core.errors import BadInput, TwinlensError
from twinlens.core.types import Batched
from twinlens.readers import Row
from twinlens.runs.cache import identity, versions
from twinlens.runs.row_groups import GroupJudge, Judged, Settings, in_processes, judge_all
from twinlens.runs.shards import Shard, Shelf, shards
from twinlens.runs.writer import differences

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is reported to anybody
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_ENABLE_AUTO_CONNECT": "0",  # an ended cluster is not started again by what still looks for it
}
TRIES = 2
"""Times a shard is judged as it is before its rows are judged in processes of their own."""


@dataclass(frozen=True)
class Job:
    """What an actor must know: who judges and how, where shards go, and how the main process stands."""

    settings: Settings
    shelf: Shelf
    versions: dict[str, str]
    folder: str
    environment: tuple[tuple[str, str], ...]


def judged_on_ray(
    rows: Sequence[Row], done: int, table: int, settings: Settings, workers: int, shelf: Shelf
) -> Generator[Judged]:
    """The rows from number `done` on, in their order; shards that are written are taken as they are.

    `table` is how many rows the whole table has; `workers` is the number of actors.
    """
    wanted = [shard for shard in shards(len(rows), table) if shard.end > done]
    known = shelf.written()
    missing = [shard for shard in wanted if shelf.path(shard) not in known]
    mine = {name: value for name, value in os.environ.items() if name.startswith("TWINLENS_")}
    job = Job(settings, shelf, versions(), os.getcwd(), tuple(mine.items()))
    with _cluster() if missing else contextlib.nullcontext():
        coming = _coming(missing, rows, job, workers)
        for shard in wanted:
            if shelf.path(shard) not in known:
                next(coming)
            yield from shelf.get(shard)[max(0, done - shard.first) :]


def _coming(missing: list[Shard], rows: Sequence[Row], job: Job, workers: int) -> Iterator[None]:
    """Gives a word for each shard once it is written, in their order."""
    if not missing:
        return
    with _silence():
        import ray
        from ray.exceptions import RayError

        items = [{"first": one.first, "rows": pickle.dumps(rows[one.first : one.end])} for one in missing]
        gpus = float(ray.cluster_resources().get("GPU", 0.0))  # type: ignore[no-untyped-call]
        data = ray.data.from_items(items, override_num_blocks=len(items)).map_batches(
            Worker,
            fn_constructor_args=(job,),
            batch_size=1,
            concurrency=min(workers, len(items)),
            num_cpus=1,
            num_gpus=_gpus(job.settings, workers, gpus),
        )
        written: Any = iter(data.iter_rows())
    with contextlib.closing(written):
        for _ in missing:
            try:
                with _silence():
                    one = next(written)
            except RayError as error:
                why = "".join(str(error).strip().splitlines()[-1:])
                raise BadInput(f"--engine ray: {why}; the same command goes on") from error
            if one["error"]:
                raise BadInput(str(one["error"]))
            yield


def _gpus(settings: Settings, workers: int, there: float) -> float:
    """The share of a GPU an actor gets; a judge that takes many pairs at once computes on one."""
    judge = catalog.part("judges", settings.judge)
    if not there or not isinstance(judge, Batched):
        return 0.0
    return 1.0 if workers <= there else there / workers


class Worker:
    """An actor of the cluster: a shard in, a Parquet file out."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.judge: Any = None

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Judge the shards of a batch; what stops the run comes back as `error`."""
        errors = []
        for first, rows in zip(batch["first"], batch["rows"], strict=True):
            try:
                self._write(int(first), pickle.loads(rows))
                errors.append("")
            except TwinlensError as error:
                errors.append(str(error))
        return {"first": list(batch["first"]), "error": errors}

    def _write(self, first: int, rows: list[Row]) -> None:
        job, shard = self.job, Shard(first, len(rows))
        self._settle()
        tries = job.shelf.begin(shard)
        judge = catalog.part("judges", job.settings.judge)
        if tries > TRIES:
            judged = in_processes([[row] for row in rows], job.settings, 1)
        else:
            judged = judge_all(self.judge, rows, judge, job.settings)
        job.shelf.put(shard, list(judged))

    def _settle(self) -> None:
        """Make the judge, once, where all is as in the main process."""
        if self.judge is not None:
            return
        import cv2

        cv2.setNumThreads(1)
        job = self.job
        os.environ.update(dict(job.environment))
        if os.path.isdir(job.folder):
            os.chdir(job.folder)
        judge = catalog.part("judges", job.settings.judge)
        here = {"judge": asdict(identity(judge, job.settings.judge)), "versions": versions()}
        there = {"judge": asdict(job.settings.who), "versions": job.versions}
        if differing := list(differences(here, there)):
            raise BadInput(
                f"--engine ray: the machine {socket.gethostname()!r} is not as this one: "
                f"{'; '.join(differing)}; expected the same packages on both"
            )
        self.judge = GroupJudge(job.settings)


@contextlib.contextmanager
def _cluster() -> Iterator[None]:
    """The cluster that RAY_ADDRESS names or that runs on this machine, else one made here and ended again."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    with _silence():
        import ray
        import ray.data
    mine = not ray.is_initialized()
    with contextlib.redirect_stdout(sys.stderr):  # where Ray reports actors that died
        try:
            with _silence():
                if mine:
                    _start(ray)
                logging.getLogger("ray.data").setLevel(logging.ERROR)
                context = ray.data.DataContext.get_current()
                context.enable_progress_bars = False
                context.execution_options.preserve_order = True
            yield
        finally:
            if mine:
                with _silence():
                    ray.shutdown()


def _start(ray: Any) -> None:
    try:
        with _muted():
            ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise BadInput(f"--engine ray: no cluster: {error}; expected one at RAY_ADDRESS") from error


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Ray warns of its own ways, which is nothing a user can change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _muted() -> Iterator[None]:
    """Nothing reaches standard error, also not from what is no Python: Ray says there that it is quiet."""
    stderr = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
