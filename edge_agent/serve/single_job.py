"""One job on the engines for one HTTP request: its parts as they come, and given up when nobody waits any more."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Protocol, TypeVar

from edge_agent.errors import PromptTooLong
from edge_agent.host.jobs import Answer, Job, Progress, Report, Say, Stop, Transcribe, Transcribed
from edge_agent.interfaces import Transcript
from edge_agent.serve.http_errors import ApiError
from edge_agent.think.brief import CallArguments, CallBegun, CallDone, Text, Written
from edge_agent.types import Failure, Samples, Voiced

if TYPE_CHECKING:
    from starlette.requests import Request

T = TypeVar("T")
AnswerPiece = Voiced | Text | CallBegun | CallArguments | CallDone | Written
_numbers = itertools.count()


class JobLink(Protocol):
    def send(self, job: Job) -> None: ...
    def close(self) -> None: ...


class JobHost(Protocol):
    """What a door needs of the host. `post` is called on the loop that opened the link."""

    def open(self, post: Callable[[Report], None]) -> JobLink: ...


def job_id() -> str:
    return f"job_{next(_numbers)}"


async def parts(engines: JobHost, job: Answer | Say, param: str = "messages") -> AsyncGenerator[AnswerPiece]:
    """All of an answer, the last one a Written. Raises ApiError: 400 for too long a prompt, which is in `param`; 500
    for a failed engine."""
    with _opened(engines, job) as reports:
        while True:
            report = await reports.get()
            if not isinstance(report, Progress):
                continue
            if isinstance(report.part, Failure):
                raise _failed(report.part, param)
            yield report.part
            if isinstance(report.part, Written):
                return


async def begun(
    request: Request, engines: JobHost, job: Answer, param: str = "messages"
) -> AsyncGenerator[AnswerPiece]:
    """The `parts` of an answer whose first one is there: what fails at once is an error with a status."""
    rest = parts(engines, job, param)
    return _chained(await unless_gone(request, anext(rest)), rest)


async def _chained(first: AnswerPiece, rest: AsyncGenerator[AnswerPiece]) -> AsyncGenerator[AnswerPiece]:
    async with contextlib.aclosing(rest):
        yield first
        async for part in rest:
            yield part


def _failed(failure: Failure, param: str) -> ApiError:
    """A 500 is tried again by clients: what would fail again is none."""
    if failure.code == PromptTooLong.code:
        return ApiError(400, failure.code, failure.error, param=param)
    return ApiError(500, failure.code, failure.error)


async def transcribed(
    engines: JobHost, samples: Samples, language: str | None, *, words: bool = False
) -> Transcript | None:
    """What was said in `(n,)` at HEAR_RATE_HZ, with the times of its `words` if they are wanted; None if nothing was.
    Raises ApiError 500 where the engine fails."""
    with _opened(engines, Transcribe(job_id(), samples, language, words)) as reports:
        while not isinstance(report := await reports.get(), Transcribed):
            pass
        if report.error:
            raise ApiError(500, "engine_error", report.error)
        return report.transcript


@contextlib.contextmanager
def _opened(engines: JobHost, job: Answer | Say | Transcribe) -> Iterator[asyncio.Queue[Report]]:
    reports: asyncio.Queue[Report] = asyncio.Queue()
    link = engines.open(reports.put_nowait)
    try:
        link.send(job)
        yield reports
    finally:
        link.send(Stop(job.id))
        link.close()


async def unless_gone(request: Request, work: Awaitable[T]) -> T:
    """What `work` gives; it is cancelled when the client leaves. Raises ApiError then, which nobody reads."""
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ApiError(499, "client_closed_request", "The client has left.")
    finally:
        for each in (task, gone):
            each.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
