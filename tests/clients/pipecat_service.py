"""pipecat's `OpenAIRealtimeLLMService` in a pipeline of its own: an `error` event is fatal to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from harness import (
    BYTES_PER_MS,
    CHUNK_MS,
    LONG_QUESTION,
    QUESTION,
    WEATHER,
    WEATHER_ANSWER,
    WEATHER_QUESTION,
    Target,
    check,
    main,
    microphone,
)
from pipecat.adapters.schemas.function_schema import FunctionSchema
from pipecat.adapters.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMTextFrame,
    ProposedUserStartedSpeakingFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.realtime import events
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.workers.runner import WorkerRunner

RATE_HZ = 24_000


class Ear(FrameProcessor):
    """Puts every frame that passes it into a queue."""

    def __init__(self, frames: asyncio.Queue[Frame]) -> None:
        super().__init__()
        self._frames = frames

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        self._frames.put_nowait(frame)
        await self.push_frame(frame, direction)


class Talk:
    """A running pipeline: an ear in front (for what goes upstream), the service, and an ear behind."""

    def __init__(self, target: Target, *, spoken: bool, tool_choice: Any = None) -> None:
        transcription = events.InputAudioTranscription(model="whisper-1")
        properties = events.SessionProperties(
            output_modalities=["audio" if spoken else "text"],
            audio=events.AudioConfiguration(input=events.AudioInput(transcription=transcription)),
            tool_choice=tool_choice,
        )
        self.service = OpenAIRealtimeLLMService(
            api_key="any",
            base_url=f"{target.ws}/realtime",
            settings=OpenAIRealtimeLLMService.Settings(model="edge-agent", session_properties=properties),
        )
        self.frames: asyncio.Queue[Frame] = asyncio.Queue()
        self.items: list[str] = []
        pipeline = Pipeline([Ear(self.frames), self.service, Ear(self.frames)])
        self.worker = PipelineWorker(pipeline, cancel_on_idle_timeout=False)

        @self.service.event_handler("on_conversation_item_created")
        async def _(service: Any, item_id: str, item: Any) -> None:
            if item.role == "assistant":
                self.items.append(item_id)

    async def ask(self, text: str, **tools: Any) -> None:
        context = LLMContext([{"role": "user", "content": text}], **tools)
        await self.worker.queue_frame(LLMContextFrame(context))

    async def push(self, pcm: bytes) -> None:
        await self.worker.queue_frame(InputAudioRawFrame(audio=pcm, sample_rate=RATE_HZ, num_channels=1))

    async def until(self, *kinds: type[Frame]) -> Any:
        while True:
            frame = await self.frames.get()
            check(not isinstance(frame, ErrorFrame), f"{frame} while waiting for {kinds}")
            if isinstance(frame, kinds):
                return frame

    async def answer(self) -> tuple[str, int]:
        """The text and the bytes of sound up to the end of the response."""
        text, sound = "", 0
        while not isinstance(frame := await self.until(Frame), LLMFullResponseEndFrame):
            if isinstance(frame, LLMTextFrame):
                text += frame.text
            elif isinstance(frame, TTSAudioRawFrame):
                sound += len(frame.audio)
        return text, sound


@contextlib.asynccontextmanager
async def connect(target: Target, *, spoken: bool, tool_choice: Any = None) -> AsyncIterator[Talk]:
    talk = Talk(target, spoken=spoken, tool_choice=tool_choice)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(talk.worker)
    running = asyncio.create_task(runner.run())
    try:
        yield talk
    finally:
        await talk.worker.cancel()
        await running


async def text_turn(target: Target) -> None:
    async with connect(target, spoken=False) as talk:
        await talk.ask(QUESTION)
        text, _ = await talk.answer()
        check(text.strip(), "no text")


async def spoken_turn(target: Target) -> None:
    async with connect(target, spoken=True) as talk, microphone(talk.push, target.question):
        heard = await talk.until(TranscriptionFrame)
        check(heard.text.strip(), "nothing was heard")
        text, sound = await talk.answer()
        check(text.strip() and sound > 300 * BYTES_PER_MS, f"{text!r}, {sound} bytes of sound")


async def tool_call(target: Target) -> None:
    cities: list[str] = []
    async with connect(target, spoken=False, tool_choice="required") as talk:

        async def get_weather(params: FunctionCallParams) -> None:
            cities.append(str(params.arguments["city"]))
            await params.result_callback(WEATHER_ANSWER)

        talk.service.register_function("get_weather", get_weather)
        schema = WEATHER["parameters"]
        tool = FunctionSchema("get_weather", WEATHER["description"], schema["properties"], schema["required"])
        await talk.ask(WEATHER_QUESTION, tools=ToolsSchema(standard_tools=[tool]))
        await talk.answer()
        check(cities, "the tool was not run")
        create = events.ResponseCreateEvent(response=events.ResponseProperties(tool_choice="none"))
        await talk.service.send_client_event(create)
        text = ""
        while not text.strip():
            text, _ = await talk.answer()


async def barge_in(target: Target) -> None:
    async with connect(target, spoken=True) as talk:
        await talk.ask(LONG_QUESTION)
        await talk.until(TTSAudioRawFrame)
        async with microphone(talk.push, target.interruption):
            await talk.until(ProposedUserStartedSpeakingFrame)
            await talk.until(LLMFullResponseEndFrame)
            await talk.until(TranscriptionFrame)
            text, _ = await talk.answer()
        check(text.strip(), "no second answer")
        check(len(set(talk.items)) == 2, f"{talk.items}")


async def cancel(target: Target) -> None:
    async with connect(target, spoken=True) as talk:
        await talk.ask(LONG_QUESTION)
        await talk.until(TTSAudioRawFrame)
        await talk.service.send_client_event(events.ResponseCancelEvent())
        await talk.until(LLMFullResponseEndFrame)
        await asyncio.sleep(CHUNK_MS / 1000)
        late = [frame for frame in iter_now(talk.frames) if isinstance(frame, TTSAudioRawFrame)]
        check(not late, "sound after the end of a cancelled response")


def iter_now(frames: asyncio.Queue[Frame]) -> list[Frame]:
    return [frames.get_nowait() for _ in range(frames.qsize())]


async def truncate_retrieve(target: Target) -> None:
    async with connect(target, spoken=True) as talk:
        await talk.ask(LONG_QUESTION)
        text, _ = await talk.answer()
        (item,) = set(talk.items)
        truncate = events.ConversationItemTruncateEvent(item_id=item, content_index=0, audio_end_ms=1500)
        await talk.service.send_client_event(truncate)
        kept = (await talk.service.retrieve_conversation_item(item)).content[0].transcript
        check(text.replace(" ", "").startswith(kept.replace(" ", "")) and 0 < len(kept) < len(text), kept)


async def two_sessions(target: Target) -> None:
    async with connect(target, spoken=False) as one, connect(target, spoken=True) as other:
        await asyncio.gather(one.ask(QUESTION), other.ask(QUESTION))
        answers = await asyncio.gather(one.answer(), other.answer())
        check(all(text.strip() for text, _ in answers), f"{answers}")


if __name__ == "__main__":
    listed = (text_turn, spoken_turn, tool_call, barge_in, cancel, truncate_retrieve, two_sessions)
    main({scenario.__name__: scenario for scenario in listed})
