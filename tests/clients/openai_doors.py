"""openai-python and openai-agents at the doors without a socket of their own: /v1/responses and sound."""

from __future__ import annotations

import io
import wave

from agents import Agent, ModelSettings, OpenAIResponsesModel, Runner, function_tool
from harness import QUESTION, WEATHER_ANSWER, WEATHER_QUESTION, Target, check, main
from openai import AsyncOpenAI
from pydantic import BaseModel


def client_of(target: Target) -> AsyncOpenAI:
    return AsyncOpenAI(api_key="any", base_url=f"{target.url}/", max_retries=0)


class City(BaseModel):
    city: str
    country: str


async def responses_stream(target: Target) -> None:
    async with client_of(target) as client, client.responses.stream(model="any", input=QUESTION) as stream:
        pieces = [event.delta async for event in stream if event.type == "response.output_text.delta"]
        whole = await stream.get_final_response()
    check("Paris" in whole.output_text and "".join(pieces) == whole.output_text, whole.output_text)


async def responses_parse(target: Target) -> None:
    async with client_of(target) as client:
        told = await client.responses.parse(model="any", input=QUESTION, text_format=City)
    check(told.output_parsed is not None, f"{told.output}")


async def chat_parse(target: Target) -> None:
    messages = [{"role": "user", "content": QUESTION}]
    async with client_of(target) as client:
        told = await client.chat.completions.parse(model="any", messages=messages, response_format=City)  # type: ignore[arg-type]
    check(told.choices[0].message.parsed is not None, f"{told.choices}")


async def agent_with_a_tool(target: Target) -> None:
    """An agent's default is /v1/responses; it goes on until the model has nothing more to call."""
    cities: list[str] = []

    @function_tool
    def get_weather(city: str) -> str:
        """The weather in a city."""
        cities.append(city)
        return WEATHER_ANSWER

    async with client_of(target) as client:
        agent = Agent(
            name="Weather",
            instructions="Answer in one sentence.",
            model=OpenAIResponsesModel("any", client),
            model_settings=ModelSettings(tool_choice="required"),
            tools=[get_weather],
        )
        result = await Runner.run(agent, WEATHER_QUESTION, max_turns=4)
    check(len(cities) == 1 and result.final_output.strip(), f"{cities}: {result.final_output!r}")


async def word_times(target: Target) -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, 24_000, 0, "NONE", ""))
        out.writeframes(target.question)
    async with client_of(target) as client:
        told = await client.audio.transcriptions.create(
            model="any",
            file=("question.wav", file.getvalue()),
            response_format="verbose_json",
            timestamp_granularities=["word", "segment"],
        )
    check(told.words and told.segments and told.language == "english", f"{told}")
    check([word.word for word in told.words or ()] == told.text.split(), f"{told}")
    check(all(0 <= word.start <= word.end <= told.duration for word in told.words or ()), f"{told.words}")


async def speech_with_instructions(target: Target) -> None:
    """As openai-agents' VoicePipeline asks for it."""
    async with client_of(target) as client:
        sound = await client.audio.speech.create(
            model="any", voice="alloy", input="Good morning.", instructions="Speak calmly.", response_format="pcm"
        )
    check(len(sound.content) > 10_000, f"{len(sound.content)} bytes")


if __name__ == "__main__":
    scenarios = (
        responses_stream, responses_parse, chat_parse, agent_with_a_tool, word_times, speech_with_instructions
    )  # fmt: skip
    main({scenario.__name__: scenario for scenario in scenarios})
