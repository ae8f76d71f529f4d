"""The README is the map: its tree is on the disk, its commands exist, its scripts run (all pages: test_pages.py)."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import typer
from click.testing import CliRunner

from edge_agent.cli import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
TREE = README.split("## The tree")[1].split("```")[1]


def folders() -> list[str]:
    found, parent = [], ""
    for line in TREE.strip().splitlines():
        name = line.split()[0]
        if line.startswith("  "):
            found.append(parent + name)
        else:
            parent = name
            found.append(name)
    return found


def tracked() -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(listed.stdout.splitlines())


def test_every_folder_of_the_tree_is_there():
    for folder in folders():
        assert (ROOT / folder).is_dir(), folder


def test_every_folder_on_the_disk_is_in_the_tree():
    """Top-level folders, and those of the package one level down."""
    on_disk = {path.split("/")[0] + "/" for path in tracked() if "/" in path and not path.startswith(".")}
    on_disk |= {"/".join(p.split("/")[:2]) + "/" for p in tracked() if p.startswith("edge_agent/") and p.count("/") > 1}
    assert on_disk == set(folders())
    assert not [path for path in tracked() if path.endswith(".py") and "/" not in path], "code is in a folder"


def named_commands() -> list[list[str]]:
    block = README.split("## Commands")[1].split("```")[1]
    commands = []
    for line in block.strip().splitlines():
        words = re.split(r" {3,}", line)[0].split()[1:]
        verbs = [word for word in words[1:] if re.fullmatch(r"[a-z]+", word)]
        group = words[0] in ("models", "devices", "config", "bench", "history", "service")
        commands += [[words[0], verb] for verb in verbs] if group else [[words[0]]]
    return commands


def test_every_command_that_is_named_exists():
    commands, program = named_commands(), typer.main.get_command(app)
    assert len(commands) > 20
    for command in commands:
        done = CliRunner().invoke(program, [*command, "--help"])
        assert done.exit_code == 0, (command, done.output)
        assert "Usage:" in done.output


def test_every_profile_of_the_manifest_is_in_the_table():
    from edge_agent.store import Store

    for profile in Store().manifest.profiles:
        assert f"| `{profile.name}` |" in README


@pytest.mark.parametrize("script", ["scripts/run", "scripts/test", "scripts/gpu-check"])
def test_the_scripts_are_sound_shell(script):
    assert (ROOT / script).stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", ROOT / script]).returncode == 0


@pytest.mark.parametrize("broken", ["bench turns", "no such step"])
def test_a_check_of_a_gpu_writes_all_of_its_report_whatever_fails(tmp_path, broken):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "asked: $*"\ncase "$*" in *"{broken}"*) exit 3 ;; esac\n')
    python.chmod(0o755)
    report = tmp_path / "report.txt"
    done = subprocess.run(
        [ROOT / "scripts/gpu-check", "cuda", "--memory-mb", "4000", "--profile", "gpu-4gb", "--report", report],
        env={**os.environ, "EDGE_AGENT_CHECK_PYTHON": str(python)}, capture_output=True, text=True,
    )  # fmt: skip
    text = report.read_text()
    assert "card of 4000 MB" in text
    assert "bench llm --repeat 5 --profile gpu-4gb --set engines.gpu_memory_mb=4000" in text
    assert re.findall("asked: .*(tests.rigs.bench gpu|bench llm|bench turns|-m gpu)", text) == [
        "tests.rigs.bench gpu", "bench llm", "bench llm", "bench turns", "bench turns", "-m gpu",
    ]  # fmt: skip
    wrong = "Turns Turns on the CPU" if broken == "bench turns" else "nothing"
    assert f"failed: {wrong}" in text
    assert done.returncode == (broken == "bench turns"), done.stderr


@pytest.mark.parametrize(
    ("arguments", "pulls"),
    [
        ([], "models pull"),
        (["--profile", "tiny", "--timings"], "models pull --profile tiny"),
        (
            ["--set=models.profile=tiny", "--config", "my own.toml"],
            "models pull --set=models.profile=tiny --config my own.toml",
        ),
    ],
)
def test_run_pulls_the_models_that_talk_will_use(arguments, pulls, tmp_path):
    """With the set-up and the program replaced by ones that do nothing but say what they were asked."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / "scripts/run").write_text((ROOT / "scripts/run").read_text())
    (tmp_path / "scripts/setup.sh").write_text("set_up() { :; }\nsay() { :; }\nlink_program() { :; }\n")
    program = tmp_path / ".venv/bin/edge-agent"
    program.write_text('#!/bin/sh\necho "$*"\n[ "$1" != talk ] || echo "${STATE_DIRECTORY:-of the user}"\n')
    program.chmod(0o755)
    ran = subprocess.run(
        ["bash", tmp_path / "scripts/run", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    first, talk, state = ran.stdout.splitlines()
    assert first == pulls
    assert talk == " ".join(["talk --input examples/commands.wav --output reply.wav --events events.jsonl", *arguments])
    assert state.startswith(str(tmp_path)), "its timer is not the user's"
    assert not Path(state).exists()


def test_what_llama_cpp_is_built_for_is_remembered_and_asked_of_no_other_build(tmp_path):
    """Chosen once, the same is built from then on; another choice takes the build at hand away first."""
    (tmp_path / ".venv").mkdir()
    script = f'''. "{ROOT}/scripts/setup.sh"; need_packages() {{ :; }}; nvcc() {{ :; }}; uv=echo
        dpkg-query() {{ echo "$headers"; }}
        choose_gpu "$1"; build_options; install_llama() {{ :; }}; echo "for $gpu"'''

    def chosen(gpu="", headers="1.4.309.0-1"):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script, "-", gpu], cwd=tmp_path, capture_output=True, text=True,
            env={**os.environ, "headers": headers},
        )  # fmt: skip
        return done.stdout + done.stderr

    assert "for cpu" in chosen()
    assert "GGML" not in chosen()
    first = chosen("vulkan")
    assert "pip uninstall -q llama-cpp-python" in first
    assert "GGML_VULKAN=on" in first
    again = chosen()
    assert "uninstall" not in again
    assert "GGML_VULKAN=on" in again
    assert "GGML_CUDA=on" in chosen("cuda")
    assert "wants newer headers" in chosen("vulkan", headers="1.3.239.0-1")
    assert "--gpu knows cuda, vulkan and cpu, not voodoo." in chosen("voodoo")
    assert "for cpu" in chosen("cpu")


def test_run_links_the_program_and_leaves_another_of_its_name_alone(tmp_path):
    """Again and again, over a link to an older checkout, and not over a file that is somebody else's."""
    link = tmp_path / ".local" / "bin" / "edge-agent"
    script = f'. "{ROOT}/scripts/setup.sh"; link_program'

    def linked(path="/usr/bin:/bin"):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True,
            env={"HOME": str(tmp_path), "PATH": path},
        )  # fmt: skip
        return done.stderr

    assert f'export PATH="{link.parent}:$PATH"' in linked()
    assert link.readlink() == tmp_path / ".venv/bin/edge-agent"
    assert linked() == "", "said once"
    link.unlink()
    link.symlink_to("/gone/edge-agent")
    assert "The program is edge-agent" in linked(f"{link.parent}:/usr/bin:/bin")
    link.unlink()
    link.write_text("another program")
    assert "cannot be made, or is another" in linked()
    assert link.read_text() == "another program"
