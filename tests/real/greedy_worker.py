"""An agent whose worker takes more memory than there is. Run by test_memory_limit.py; prints what became of it."""

import json
import sys
from pathlib import Path

from edge_agent.errors import EngineLost
from edge_agent.workers.supervisor import Bounds
from edge_agent.workers.worker import Worker

FAKE = Path(__file__).parents[1] / "workers" / "fake_engine.py"

worker = Worker("tts", {}, Bounds(30.0, 512), command=[sys.executable, str(FAKE)])
worker.facts()
first, lost = worker.pid, False
try:
    worker.call("grow", {"mb": 400})
except EngineLost:
    lost = True
answers = worker.call("echo", {"text": "again"}).fields == {"value": {"text": "again"}}
told = {"lost": lost, "answers_again": answers, "is_another": worker.pid != first}
worker.close()
sys.stdout.write(json.dumps(told) + "\n")
