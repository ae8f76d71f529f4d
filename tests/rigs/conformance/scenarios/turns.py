"""The user's turns: found by turn detection, or committed by the client."""

from __future__ import annotations

from tests.rigs.conformance.client import Line, Server, check
from tests.rigs.conformance.names import Json
from tests.rigs.conformance.orders import ANY_TIME, SOUND, expect
from tests.rigs.conformance.scenario import scenario
from tests.rigs.conformance.speech import PCM_PER_MS, question
from tests.rigs.conformance.steps import SERVER_VAD, WHISPER, configure, responded, spoken_answer

BUFFER = "input_audio_buffer."
ITEM = ["conversation.item.added", "conversation.item.done"]
TURN = [f"{BUFFER}{step}" for step in ("speech_started", "speech_stopped", "committed")] + ITEM
WRITTEN = "conversation.item.input_audio_transcription.completed"
NOT_IN_TURN = ("conversation.item.input_audio_transcription.", "rate_limits.", "output_audio_buffer.")


async def turn(line: Line, *, then: str = "response.done") -> list[Json]:
    """The question, spoken; the events up to `then`."""
    async with line.microphone(question()):
        return await line.until(then)


async def _written(line: Line) -> str:
    """The transcription, which may come at any time after its item."""
    done = [event for event in line.received if event["type"] == WRITTEN] or await line.until(WRITTEN)
    return str(done[-1]["transcript"])


@scenario
async def spoken_turn(server: Server) -> None:
    """A spoken question is found, committed, written down and answered aloud, in the recorded order."""
    async with server.connect(complete=False) as line:
        await configure(line, spoken=True, turns=SERVER_VAD, transcription=WHISPER)
        events = await turn(line)
        expect(events, TURN + SOUND, NOT_IN_TURN)
        started, stopped = events[0], events[1]
        check(started["audio_start_ms"] < stopped["audio_end_ms"], f"speech from {started} to {stopped}")
        check(1000 <= stopped["audio_end_ms"] <= 10_000, f"speech ends at {stopped['audio_end_ms']} ms")
        user = next(event["item"] for event in events if event["type"] == "conversation.item.added")
        check(user["content"] == [{"type": "input_audio", "transcript": None}], f"the user's item is {user['content']}")
        check((await _written(line)).strip(), "the transcript is empty")


@scenario
async def semantic_turn(server: Server) -> None:
    """The same with `semantic_vad`."""
    async with server.connect(complete=False) as line:
        vad = {"type": "semantic_vad", "eagerness": "high"}
        session = await configure(line, spoken=True, turns=vad)
        shown = session["audio"]["input"]["turn_detection"]
        check((shown["type"], shown["eagerness"]) == ("semantic_vad", "high"), f"turn_detection {shown}")
        expect(await turn(line), TURN + SOUND, NOT_IN_TURN)


@scenario
async def no_transcription(server: Server) -> None:
    """Nothing is said of the user's words unless `transcription` is set."""
    async with server.connect(complete=False) as line:
        await configure(line, spoken=True, turns=SERVER_VAD)
        await turn(line)
        written = [event["type"] for event in line.received if "input_audio_transcription" in event["type"]]
        check(not written, f"there was {', '.join(written)}")


@scenario
async def no_response(server: Server) -> None:
    """`create_response: false`: the turn becomes an item, and the client asks for the answer itself."""
    async with server.connect(complete=False) as line:
        await configure(line, spoken=True, turns=SERVER_VAD | {"create_response": False})
        async with line.microphone(question()):
            expect(await line.until("conversation.item.done"), TURN, NOT_IN_TURN)
            await line.quiet(1.0)
        expect(await responded(line), SOUND, ANY_TIME)


@scenario
async def manual_turn(server: Server) -> None:
    """Without turn detection: no speech events; `commit` makes the item, and `response.create` the answer."""
    async with server.connect() as line:
        await configure(line, spoken=True, transcription=WHISPER)
        await line.append(question())
        await line.quiet(0.5)
        await line.send("input_audio_buffer.commit")
        expect(await line.until("conversation.item.done"), [f"{BUFFER}committed", *ITEM], NOT_IN_TURN)
        expect(await responded(line), SOUND)
        check((await _written(line)).strip(), "the transcript is empty")


@scenario
async def commit_too_short(server: Server) -> None:
    """Less than 100 ms of sound cannot be committed."""
    async with server.connect() as line:
        await configure(line)
        await line.error("input_audio_buffer_commit_empty", await line.send("input_audio_buffer.commit"))
        await line.append(bytes(50 * PCM_PER_MS))
        await line.error("input_audio_buffer_commit_empty", await line.send("input_audio_buffer.commit"))


@scenario
async def clear(server: Server) -> None:
    """`clear` drops what was appended."""
    async with server.connect() as line:
        await configure(line)
        await line.append(question())
        await line.send("input_audio_buffer.clear")
        await line.until("input_audio_buffer.cleared")
        await line.error("input_audio_buffer_commit_empty", await line.send("input_audio_buffer.commit"))


@scenario
async def idle_timeout(server: Server) -> None:
    """`idle_timeout_ms`: after an answer and that much silence the server speaks to the user by itself."""
    async with server.connect(complete=False) as line:
        await configure(line, spoken=True, turns=SERVER_VAD | {"idle_timeout_ms": 5000})
        await spoken_answer(line)
        async with line.microphone(b""):
            events = await line.until("input_audio_buffer.timeout_triggered")
            check(events[-1]["audio_start_ms"] < events[-1]["audio_end_ms"], f"the silence is {events[-1]}")
            events = await line.until("response.done")
        expect(events, [*ITEM, f"{BUFFER}committed", *ITEM, *SOUND], NOT_IN_TURN)


@scenario
async def transcription_session(server: Server) -> None:
    """A session of type `transcription` writes down what is said, and answers nothing."""
    async with server.connect(query="intent=transcription", complete=False) as line:
        created = (await line.until("session.created"))[-1]["session"]
        check(created["type"] == "transcription", f"the session is of type {created['type']}")
        wanted = {"type": "transcription", "audio": {"input": {"transcription": WHISPER, "turn_detection": SERVER_VAD}}}
        await line.send("session.update", session=wanted)
        await line.until("session.updated")
        async with line.microphone(question()):
            check((await line.until(WRITTEN))[-1]["transcript"].strip(), "the transcript is empty")
            await line.quiet(1.0)
        answers = [event["type"] for event in line.received if event["type"].startswith("response.")]
        check(not answers, f"there was {', '.join(answers)}")
        await line.error(None, await line.send("response.create"))
