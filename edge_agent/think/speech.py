"""Speech: the text of an answer, as it is written -> sentences to be said, and glimpses of those that are not whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from edge_agent.think.sentences import SentenceStream
from edge_agent.think.unspoken import Unspoken
from edge_agent.types import Sentence


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What has been written of the sentence that comes next. It is never said."""

    text: str


def spoken(pieces: Iterable[str], stream: SentenceStream) -> Iterator[Sentence | Glimpse]:
    """The last sentence has `last`. Nothing at all comes if nothing can be spoken."""
    unspoken = Unspoken()
    begun = False
    for piece in pieces:
        for sentence in stream.push(unspoken.push(piece)):
            begun = True
            yield sentence
        if begun:
            yield Glimpse(stream.rest)
    rest = [*stream.push(unspoken.finish()), *stream.finish()]
    if begun or any(sentence.text for sentence in rest):
        yield from rest
