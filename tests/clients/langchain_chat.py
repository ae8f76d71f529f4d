"""LangChain's ChatOpenAI, over chat completions and over /v1/responses."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from harness import QUESTION, WEATHER, WEATHER_ANSWER, WEATHER_QUESTION, Target, check, main
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI

TOOL = {"type": "function", "function": {key: value for key, value in WEATHER.items() if key != "type"}}
CITY = {
    "title": "city",
    "type": "object",
    "properties": {"city": {"type": "string"}, "country": {"type": "string"}},
    "required": ["city", "country"],
    "additionalProperties": False,
}


def model(target: Target, **more: Any) -> ChatOpenAI:
    return ChatOpenAI(model="edge-agent", base_url=target.url, api_key="any", max_retries=0, **more)  # type: ignore[arg-type]


async def asked(chat: Any, said: Any) -> Any:
    """The answer. In a thread: LangChain keeps its connections, and each scenario has an event loop of its own."""
    return await asyncio.to_thread(chat.invoke, said)


async def text(target: Target, *, responses: bool) -> None:
    chat = model(target, use_responses_api=responses)
    pieces = await asyncio.to_thread(lambda: list(chat.stream(QUESTION)))
    check("Paris" in "".join(piece.text for piece in pieces), f"{pieces}")


async def tool_result(target: Target, *, responses: bool) -> None:
    """It once came back empty: the model had called the tool again."""
    chat = model(target, use_responses_api=responses)
    messages: list[Any] = [HumanMessage(WEATHER_QUESTION)]
    messages.append(await asked(chat.bind_tools([TOOL], tool_choice="get_weather"), messages))
    [call] = messages[-1].tool_calls
    check("paris" in call["args"]["city"].lower(), f"{call}")
    messages.append(ToolMessage(WEATHER_ANSWER, tool_call_id=call["id"]))
    answer = await asked(chat.bind_tools([TOOL]), messages)
    check(answer.text.strip() and not answer.tool_calls, f"no words: {answer}")


async def structured(target: Target, *, responses: bool) -> None:
    chat = model(target, use_responses_api=responses).with_structured_output(CITY, method="json_schema")
    told = await asked(chat, "Which city is the capital of France?")
    check(isinstance(told, dict) and set(told) == {"city", "country"}, f"{told}")


async def goes_on(target: Target) -> None:
    """The id of the last response stands for all that was said."""
    chat = model(target, use_responses_api=True, use_previous_response_id=True)
    messages: list[Any] = [HumanMessage("My name is Ada. Say hello.")]
    messages.append(await asked(chat, messages))
    check(messages[-1].response_metadata["id"].startswith("resp_"), f"{messages[-1]}")
    messages.append(HumanMessage("What is my name?"))
    check("Ada" in (answer := await asked(chat, messages)).text, f"{answer}")


async def stops(target: Target) -> None:
    chat = model(target, top_p=0.5, stop=["4"], temperature=0)
    told = (await asked(chat, "Count from 1 to 9, in digits.")).text
    check("3" in told and "4" not in told, told)


if __name__ == "__main__":
    both = {"chat": False, "responses": True}
    main(
        {
            f"{told}_{scenario.__name__}": partial(scenario, responses=way)
            for told, way in both.items()
            for scenario in (text, tool_result, structured)
        }
        | {"responses_goes_on": goes_on, "chat_stops": stops}
    )
