"""`bench requests`: whether the right skill has a sentence of others."""

import json
from pathlib import Path

from edge_agent import config
from tests.rigs.bench.requests import bench_requests, counted, read_requests
from tests.rigs.bench.typed import Silent, begin_with

ROWS = [
    ("alarm_set", "wake me at seven"),
    ("lists_query", "what is the capital of france"),
    ("general_quirky", "set an alarm for nine am"),
    ("qa_factoid", "who wrote hamlet"),
]


def test_each_sentence_is_counted_once(tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text("".join(json.dumps({"intent": intent, "sentence": said}) + "\n" for intent, said in ROWS))
    rows = bench_requests(read_requests(file), begin_with(config.load(), Silent()))
    assert counted(rows) == {
        "alarm": {"all": 1, "right": 1, "llm": 0, "another": 0},
        "lists": {"all": 1, "right": 0, "llm": 1, "another": 0},
        "others": {"all": 2, "right": 1, "llm": 0, "another": 1},
    }
