"""The shape of the package: imports point down, rooms stay apart, engines in their files, files small."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TypeGuard

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "edge_agent"
RIGS = ROOT / "tests" / "rigs"

HALL = {
    "types", "events", "line", "mailbox", "clock", "cores", "errors", "floor", "heap", "interfaces", "onnx",
    "processes", "program", "protobuf", "resample", "schema", "sqlite_file", "state", "waits",
    "words",
}  # fmt: skip
TIERS = [
    {"__main__"},
    {"cli"},
    {"doctor"},
    {"doors"},
    {"build", "build_act", "build_tuned", "phone"},
    {"build_engines"},
    {"workers", "build_called", "build_cards", "build_ears", "build_tools"},
    {"engines"},
    {"config"},
    {"settings"},  # nothing below is configured by anything but its own parameters
    {"serve", "bench"},
    {"watch", "life", "rtc"},
    {"run"},
    {"agent"},
    {"host", "desk"},
    {"hear", "think", "act", "speak", "lines", "store"},  # the rooms
    {"the hall"},
]
"""Top first. A module imports its own unit and lower tiers, never a neighbour in its tier."""

WRAPPED_IN = {
    "aioice": {"rtc/stack.py"},
    "aiortc": {"rtc/network.py", "rtc/peer.py", "rtc/stack.py"},
    "anyio": {"act/tools/servers.py", "act/tools/session.py"},
    "av": {"lines/audio_file.py", "lines/encode.py", "resample.py", "rtc/stack.py", "serve/g711.py"},
    "cryptography": {"serve/lan/authority.py", "serve/lan/certificates.py"},
    "ctranslate2": {"hear/cuda.py", "hear/whisper.py"},
    "dateutil": {"act/records/local.py"},
    "faster_whisper": {"hear/whisper.py", "hear/endpoint.py", "bench/asr.py"},
    "hassil": {"act/sentences.py", "act/understand.py"},
    "hibari": {"speak/hibari.py"},
    "holidays": {"act/times/feasts.py", "desk/booking/openings.py"},
    "httpx2": {"act/tools/session.py"},
    "huggingface_hub": set(),  # comes with faster-whisper; the store fetches without it
    "icalendar": {"act/calendar/folder.py"},
    "jiwer": {"bench/wer.py"},
    "jsonschema": {"schema.py"},
    "llama_cpp": {"think/cards.py", "think/llama.py", "think/grammar.py", "doctor/engines.py"},
    "mcp": {"act/tools/servers.py", "act/tools/session.py"},
    "num2words": {"words/numbers.py", "bench/wer.py"},
    "onnxruntime": {"onnx.py"},
    "pint": {"act/skills/quantities.py"},
    "piper": {"speak/piper.py"},
    "prometheus_client": {"serve/metrics.py"},
    "pymicro_wakeword": {"hear/wake.py"},
    "pywebrtc_audio": {"lines/canceller.py"},
    "phonenumbers": {"desk/readers/phone.py"},
    "pypdf": {"desk/answers/documents.py"},
    "rapidfuzz": {
        "act/tools/grounding.py", "agent/own_words.py", "desk/answers/answers.py", "desk/owner/checking.py",
        "desk/naming.py", "desk/readers/letters.py", "desk/readers/person.py",
        "desk/readers/named.py", "desk/readers/spelling.py", "desk/table.py", "hear/names.py",
    }
    | {f"act/skills/{skill}.py" for skill in ("which_event", "which_list", "reminders", "which_timer")},
    "recurring_ical_events": {"act/calendar/folder.py"},
    "regex": {"think/unspoken.py"},
    "rich": {"store/progress.py", "cli/devices.py", "cli/voice.py", "cli/wake.py"},
    "sentence_stream": {"think/sentences.py"},
    "segno": {"doors/invitation.py", "serve/lan/authority.py"},
    "simpleeval": {"act/skills/sums.py"},
    "sounddevice": {"lines/devices.py"},
    "starlette": {
        "serve/app.py", "serve/http_body.py", "serve/http_calls.py",
        "serve/http_chat.py", "serve/http_device.py", "serve/http_page.py", "serve/http_realtime.py",
        "serve/http_responses.py", "serve/http_speech.py", "serve/http_transcriptions.py",
        "serve/lan/http_ca.py", "serve/lan/http_pair.py", "serve/realtime.py", "serve/single_job.py",
        "serve/streamed.py",
    },
    "tokenizers": {"hear/whisper.py"},
    "uvicorn": {"serve/protocols.py", "serve/server.py"},
    "websockets": {"serve/protocols.py"},  # uvicorn's
}  # fmt: skip
"""Heavy packages, and the files that may import them (in a function: nothing heavy at import)."""

MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    """edge_agent/hear/asr.py -> "hear.asr"; edge_agent/hear/__init__.py -> "hear"."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


NAMES = {name_of(path) for path in MODULES}
TOPS = {name.split(".")[0] for name in NAMES}


def unit_of(module: str) -> str:
    """The room, the front desk or the hall that a module is of; the package's own __init__ is of the hall."""
    top = module.split(".")[0]
    return "the hall" if top in HALL | {"", "__init__"} else top


def tier_of(unit: str) -> int:
    return next(number for number, tier in enumerate(TIERS) if unit in tier)


def imports(tree: ast.AST) -> Iterator[str]:
    """What is imported anywhere in `tree`, functions too; `from edge_agent import x` is "edge_agent.x"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(tree: ast.AST) -> Iterator[str]:
    """The imported modules of edge_agent, without the package's name; "" for what its __init__ defines."""
    for module in imports(tree):
        package, _, rest = module.partition(".")
        if package == "edge_agent":
            yield rest if rest.split(".")[0] in TOPS else ""


def module_of(imported: str) -> str:
    """The module of what is imported: "hear.asr.Whisper" -> "hear.asr"."""
    return imported if imported in NAMES else imported.rpartition(".")[0]


def packages(tree: ast.AST) -> set[str]:
    """The top-level packages that are imported anywhere in `tree`."""
    return {module.split(".")[0] for module in imports(tree)}


def place_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def at_import(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported, as far as they can hold imports."""
    for statement in tree.body:
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.dump(statement.test):
            yield from statement.orelse
        elif not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement


def violations(module: str, tree: ast.AST) -> list[str]:
    """What `module` imports and should not."""
    unit = unit_of(module)
    return [
        f"{module} ({unit}) imports {other} ({unit_of(other)})"
        for other in ours(tree)
        if unit_of(other) != unit and tier_of(unit_of(other)) <= tier_of(unit)
    ]


@cache
def parsed() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in MODULES]


def test_imports_point_down() -> None:
    assert [each for path, tree in parsed() for each in violations(name_of(path), tree)] == []


def test_no_module_needs_itself() -> None:
    """Not even by way of others, nor of an import in a function."""
    needs = {name_of(path): {module_of(each) for each in ours(tree)} - {name_of(path)} for path, tree in parsed()}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


def test_nothing_that_is_shipped_needs_the_tests() -> None:
    assert [path for path, tree in parsed() if "tests" in packages(tree)] == []


def test_asyncio_stays_in_the_network_doors() -> None:
    found = [name_of(path) for path, tree in parsed() if "asyncio" in packages(tree)]
    assert [module for module in found if unit_of(module) not in ("serve", "rtc", "phone")] == []


def test_the_conformance_suite_knows_nothing_of_the_server_that_it_tests() -> None:
    found = {path: ours(ast.parse(path.read_text("utf-8"))) for path in (RIGS / "conformance").rglob("*.py")}
    assert len(found) > 10
    assert [(path, each) for path, needed in found.items() for each in needed if unit_of(each) != "the hall"] == []


def test_heavy_packages_stay_in_the_files_that_wrap_them() -> None:
    found = {(package, place_of(path)) for path, tree in parsed() for package in packages(tree) & set(WRAPPED_IN)}
    allowed = {(package, place) for package, places in WRAPPED_IN.items() for place in places}
    assert found - allowed == set()
    assert allowed - found == set(), "stale entries"


def test_heavy_packages_are_imported_when_they_are_needed() -> None:
    early = [
        (place_of(path), module)
        for path, tree in parsed()
        for statement in at_import(tree)
        if isinstance(statement, ast.Import | ast.ImportFrom)
        for module in imports(statement)
        if module.split(".")[0] in WRAPPED_IN
    ]
    assert early == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("hear.asr", "from edge_agent.think.llm import LlamaCpp"),
        ("think.llm", "def f():\n    import edge_agent.speak.piper"),
        ("speak.piper", "from edge_agent.config import Settings"),
        ("lines.wav", "from edge_agent import build"),
        ("types", "from edge_agent.hear import asr"),
        ("store.pull", "from edge_agent.lines.wav import WavLine"),
        ("agent.agent", "from edge_agent.run.threads import Conversation"),
        ("build", "from edge_agent.cli import app"),
    ],
)
def test_the_rule_sees_what_it_forbids(module: str, source: str) -> None:
    assert len(violations(module, ast.parse(source))) == 1


def test_the_rule_allows_what_it_should() -> None:
    for source in (
        "edge_agent import __version__",
        "edge_agent.types import Heard",
        "edge_agent.hear import vad",
    ):
        assert violations("hear.asr", ast.parse(f"from {source}")) == []


def loaded_by(statement: str) -> set[str]:
    """Top-level packages in sys.modules after `statement`, in a fresh interpreter."""
    program = f"{statement}; import sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(run.stdout.split())


def test_importing_the_package_costs_nothing() -> None:
    bare = loaded_by("pass")
    assert loaded_by("import edge_agent") - bare <= {"edge_agent", "os"}


def test_importing_everything_loads_no_engine() -> None:
    everything = ", ".join(
        f"edge_agent.{name_of(path)}" for path in MODULES if name_of(path) not in ("__init__", "__main__")
    )
    assert loaded_by(f"import {everything}") & set(WRAPPED_IN) == set()


def named_at_top(tree: ast.Module) -> Iterator[str]:
    """The public classes and types that a module defines."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = [node.name] if isinstance(node, ast.ClassDef) else [each.id for each in targets if is_name(each)]
        yield from (name for name in names if name[0].isupper() and not name.isupper())


def is_name(node: object) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name)


def test_a_class_or_type_has_a_name_of_its_own() -> None:
    found = Counter(name for _, tree in parsed() for name in named_at_top(tree))
    assert {name for name, count in found.items() if count > 1} == {
        "Writer",  # what a host asks of one, and the one
        "Tool",  # what the LLM is told of, and what is called
    }


def test_files_of_tests_have_names_of_their_own() -> None:
    """Pytest imports those outside of packages by their names alone, and stops where two are alike."""
    outside = [file for file in (ROOT / "tests").rglob("test_*.py") if not (file.parent / "__init__.py").exists()]
    assert [name for name, count in Counter(file.name for file in outside).items() if count > 1] == []


def test_size_is_within_budget(tmp_path: Path) -> None:
    script = [sys.executable, str(ROOT / "scripts" / "size.py")]
    run = subprocess.run(script, capture_output=True, text=True, check=False, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    (tmp_path / "long.py").write_text("def f():\n" + "    pass\n" * 61 + "x = 1\n" * 350)
    (tmp_path / "edge_agent").mkdir()
    (tmp_path / "edge_agent" / "long.py").write_text(("def f():\n" + "    pass\n" * 26) * 12)
    beyond = subprocess.run([*script, "."], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert beyond.returncode == 1
    assert beyond.stderr.splitlines() == [
        "edge_agent/long.py has 324 lines, more than 300",
        "long.py has 412 lines, more than 400",
        "long.py:1 f has 62 lines, more than 60",
        "5 of 100 functions in edge_agent have 27 lines or more, more than 25",
    ]
