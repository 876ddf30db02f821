"""Requests that arrive together are labelled together, by one thread, and no more may wait than fit."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from framing.serving.messages import Problem, Refused

GATHER_SECONDS = 0.003  # a request waits so long for others before an idle classifier starts
BATCH_SENTENCES = 512

Labels = tuple[NDArray[np.float64], NDArray[np.bool_]]
Label = Callable[[Sequence[str], Sequence[str]], Labels]


@dataclass(frozen=True, eq=False)
class _Job:
    texts: list[str]
    previous: list[str]
    done: asyncio.Future[Labels]


class Batcher:
    """A queue in front of a classifier.

    Parameters
    ----------
    label : callable
        From texts and the texts before them to probabilities and decisions; runs in a thread of its own, one call at a
        time.
    max_waiting : int
        Sentences that may wait or be under way.
    """

    def __init__(self, label: Label, max_waiting: int) -> None:
        self._label = label
        self._max_waiting = max_waiting
        self._queue: asyncio.Queue[_Job] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(1, "classifier")
        self._rate = 100.0  # sentences per second of the last batch; this is for the time before the first
        self.waiting = 0

    async def submit(self, texts: list[str], previous: list[str]) -> Labels:
        """Label the sentences of a request.

        Raises
        ------
        Refused
            503 if too many wait already, 500 if the classifier fails on these sentences.
        """
        if self.waiting + len(texts) > self._max_waiting:
            problem = Problem(
                where="queue",
                expected=f"at most {self._max_waiting:,} sentences waiting",
                found=f"{self.waiting:,} and {len(texts):,} of this request",
            )
            seconds = max(1, ceil(self.waiting / self._rate))
            raise Refused(
                503, f"The server is busy; send it again in {seconds} s.", [problem], {"retry-after": str(seconds)}
            )
        job = _Job(texts, previous, asyncio.get_running_loop().create_future())
        self.waiting += len(texts)
        try:
            self._queue.put_nowait(job)
            return await job.done
        finally:
            self.waiting -= len(texts)

    async def work(self) -> None:
        """Label what comes in until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            jobs = await self._gather()
            for job, result in zip(jobs, await loop.run_in_executor(self._thread, self._answers, jobs), strict=True):
                if job.done.done():
                    continue  # who asked is gone
                if isinstance(result, Refused):
                    job.done.set_exception(result)
                else:
                    job.done.set_result(result)

    def close(self) -> None:
        """Let the thread end after what it is at."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _gather(self) -> list[_Job]:
        """The first request that waits, and those that come within a moment or wait already."""
        jobs = [await self._queue.get()]
        size = len(jobs[0].texts)
        try:
            async with asyncio.timeout(GATHER_SECONDS):
                while size < BATCH_SENTENCES:
                    jobs.append(await self._queue.get())
                    size += len(jobs[-1].texts)
        except TimeoutError:
            pass
        return jobs

    def _answers(self, jobs: Sequence[_Job]) -> list[Labels | Refused]:
        """Label all together; if that fails each alone, so that one poisonous request costs no other its answer."""
        start = perf_counter()
        texts = [text for job in jobs for text in job.texts]
        try:
            probabilities, decided = self._label(texts, [text for job in jobs for text in job.previous])
        except Exception as error:
            if len(jobs) > 1:
                return [one for job in jobs for one in self._answers([job])]
            print(f"error: {len(texts)} sentences could not be labelled: {error!r}", file=sys.stderr)  # noqa: T201
            return [Refused(500, "The classifier failed on these sentences; who runs the server sees why.")]
        self._rate = len(texts) / (perf_counter() - start)
        ends = np.cumsum([len(job.texts) for job in jobs])[:-1]
        return list(zip(np.split(probabilities, ends), np.split(decided, ends), strict=True))
