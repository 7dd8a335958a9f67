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
from functools import cached_property
from typing import Any

from msgspec.structs import asdict

from twinlens.core.errors import BadInput, TwinlensError
from twinlens.core.types import Batched
from twinlens.imaging.silence import mute
from twinlens.readers import Row
from twinlens.runs.cache import identity, versions
from twinlens.runs.row_groups import GroupJudge, Judged, Settings, in_processes
from twinlens.runs.shards import Shelf, shards
from twinlens.runs.writer import differences

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is reported to anybody
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_ENABLE_AUTO_CONNECT": "0",  # an ended cluster is not started again by what still looks for it
}
TRIES = 2
"""Times a shard is judged as it is before its rows are judged in processes of their own."""


def judged_on_ray(
    rows: Sequence[Row], done: int, table: int, settings: Settings, workers: int, shelf: Shelf
) -> Generator[Judged]:
    """The rows from number `done` on, in their order; shards that are written are taken as they are.

    `table` is how many rows the whole table has; `workers` is the number of actors.
    """
    wanted = [shard for shard in shards(len(rows), table) if shard.stop > done]
    known = shelf.written()
    missing = [shard for shard in wanted if shelf.path(shard) not in known]
    mine = {name: value for name, value in os.environ.items() if name.startswith("TWINLENS_")}
    worker = Worker(settings, shelf, versions(), os.getcwd(), mine)
    with _cluster() if missing else contextlib.nullcontext():
        coming = _coming(missing, rows, worker, workers)
        for shard in wanted:
            if shelf.path(shard) not in known:
                next(coming)
            yield from shelf.get(shard)[max(0, done - shard.start) :]


def _coming(missing: list[range], rows: Sequence[Row], worker: Worker, workers: int) -> Iterator[None]:
    """Gives a word for each shard once it is written, in their order."""
    with _silence():
        import ray
        from ray.exceptions import RayError

        items = [{"shard": pickle.dumps((one, rows[one.start : one.stop]))} for one in missing]
        gpus = float(ray.cluster_resources().get("GPU", 0.0))  # type: ignore[no-untyped-call]
        data = ray.data.from_items(items, override_num_blocks=len(items)).map_batches(
            Worker,
            fn_constructor_kwargs=vars(worker),
            batch_size=1,
            concurrency=min(workers, len(items)),
            num_cpus=1,
            num_gpus=_gpus(worker.settings, workers, gpus),
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
    return min(1.0, there / workers) if isinstance(settings.judge_itself(), Batched) else 0.0


@dataclass
class Worker:
    """An actor of the cluster: a shard in, a Parquet file out.

    It knows who judges and how, where shards go, and how the main process stands.
    """

    settings: Settings
    shelf: Shelf
    versions: dict[str, str]
    folder: str
    environment: dict[str, str]

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Judge the shards of a batch; what stops the run comes back as `error`."""
        return {"error": [self._error(*pickle.loads(shard)) for shard in batch["shard"]]}

    def _error(self, shard: range, rows: list[Row]) -> str:
        """Judge and write a shard; what stops the run, nothing where all is well."""
        try:
            judged = self._group_judge.judge_all(rows)
            if self.shelf.begin(shard) > TRIES:
                judged = in_processes([[row] for row in rows], self.settings, 1)
            self.shelf.put(shard, list(judged))
            return ""
        except TwinlensError as error:
            return str(error)

    @cached_property
    def _group_judge(self) -> GroupJudge:
        """The judge, made once, where all is as in the main process."""
        import cv2

        cv2.setNumThreads(1)
        os.environ.update(self.environment)
        if os.path.isdir(self.folder):
            os.chdir(self.folder)
        made = GroupJudge(self.settings)
        here = {"judge": asdict(identity(made.judge, self.settings.who.spec)), "versions": versions()}
        there = {"judge": asdict(self.settings.who), "versions": self.versions}
        if differing := list(differences(here, there)):
            raise BadInput(
                f"--engine ray: the machine {socket.gethostname()!r} is not as this one: "
                f"{'; '.join(differing)}; expected the same packages on both"
            )
        return made


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
    """Start or join Ray; meanwhile nothing reaches standard error, where it says that it is quiet."""
    try:
        with mute:
            ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise BadInput(f"--engine ray: no cluster: {error}; expected one at RAY_ADDRESS") from error


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Ray warns of its own ways, which is nothing a user can change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
