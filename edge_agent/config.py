"""Settings are read and written here: flags > EDGE_AGENT_* > credentials > user's file > system's file > defaults."""

from __future__ import annotations

import difflib
import json
import logging
import os
import re
import shlex
import stat
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import platformdirs
from pydantic import BaseModel, ValidationError

from edge_agent.errors import ConfigError
from edge_agent.settings import SECRETS, Settings
from edge_agent.state import credential, led_to, open_regular, write_whole

log = logging.getLogger(__name__)

FLAGS = "on the command line"
OFF_THE_LINE = {name for name in SECRETS if name.startswith("phone.")}
"""Settings that are never given there: other users of the machine can read it."""
OFF_THE_LINE_FIX = "edge-agent config set {0}.{1}_file FILE, or EDGE_AGENT_{2} in the environment"


def user_file() -> Path:
    """The file that the user's settings are read from; it need not exist."""
    return Path(platformdirs.user_config_dir("edge_agent")) / "config.toml"


def system_file() -> Path:
    return Path("/etc/edge_agent/config.toml")


def load(overrides: dict[str, Any] | None = None, path: Path | None = None) -> Settings:
    """The settings in force. `overrides` are nested like the file and win; `path` replaces the two files.

    Raises ConfigError with the place, the key and the nearest good key.
    """
    files = [path] if path else [system_file(), user_file()]
    layers = {f"in {file}": _read(file, must_exist=path is not None) for file in files}
    layers["among the credentials"] = _from_credentials()
    layers["in the environment"] = _from_environment()
    layers[FLAGS] = overrides or {}
    values: dict[str, Any] = {}
    for place, layer in layers.items():
        values = _merged(_without_files_of(layer, values), _checked(layer, place))
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise ConfigError(_sentence(error, layers)) from None


def parse_set(assignments: Sequence[str]) -> dict[str, Any]:
    """["hear.language=de"] -> {"hear": {"language": "de"}}. Raises ConfigError for another form."""
    values: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        group, dot, key = name.strip().partition(".")
        if not (equals and dot and key):
            raise ConfigError(f"--set wants GROUP.KEY=VALUE, as in --set hear.language=de, not '{assignment}'.")
        if f"{group}.{key.strip()}" in OFF_THE_LINE:
            fix = OFF_THE_LINE_FIX.format(group, key.strip(), f"{group}__{key.strip()}".upper())
            raise ConfigError(f"{group}.{key} is not taken so: others can read the command line.", fix=fix)
        values = _merged(values, {group: {key: value.strip()}})
    return values


def _read(path: Path, *, must_exist: bool) -> dict[str, Any]:
    try:
        text, mode = _text_of(path)
        found = tomllib.loads(text)
    except OSError as error:
        if isinstance(error, FileNotFoundError | NotADirectoryError) and not must_exist:
            return {}
        raise ConfigError(f"The settings file {path} cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The settings file {path} is not TOML: {error}.") from None
    except RecursionError:
        raise ConfigError(f"The settings file {path} is not TOML: it is nested too deeply.") from None
    if mode & stat.S_IWOTH:
        log.warning("Anybody on this machine can write the settings in %s: chmod o-w %s", path, shlex.quote(str(path)))
    return found


def _text_of(path: Path) -> tuple[str, int]:
    """The text of a file, and its mode. Raises OSError, UnicodeDecodeError."""
    with open_regular(path) as file:
        return file.read().decode("utf-8"), os.fstat(file.fileno()).st_mode


def _from_credentials() -> dict[str, Any]:
    """What systemd has handed over. Raises ConfigError for what cannot be read."""
    values: dict[str, Any] = {}
    for name in SECRETS:
        group, _, key = name.partition(".")
        try:
            if value := credential(name):
                values = _merged(values, {group: {key: value}})
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"The credential {name} cannot be read ({type(error).__name__}).") from None
    return values


def _without_files_of(layer: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The values below a layer, without the files whose place a secret of the layer takes."""
    taken = {(name.partition(".")[0], f"{name.partition('.')[2]}_file") for name in SECRETS if _has(layer, name)}
    return {
        group: {key: value for key, value in keys.items() if (group, key) not in taken}
        for group, keys in values.items()
    }


def _has(layer: dict[str, Any], name: str) -> bool:
    group, _, key = name.partition(".")
    entries = layer.get(group)
    return isinstance(entries, dict) and bool(entries.get(key))


def _from_environment() -> dict[str, Any]:
    """EDGE_AGENT_HEAR__LANGUAGE=de -> {"hear": {"language": "de"}}."""
    values: dict[str, Any] = {}
    for name, value in os.environ.items():
        prefix, _, rest = name.partition("EDGE_AGENT_")
        if not prefix and "__" in rest:
            group, _, key = rest.lower().partition("__")
            values = _merged(values, {group: {key: value}})
    return values


def _checked(values: dict[str, Any], place: str) -> dict[str, Any]:
    """The values without empty entries, which mean "not set". Raises ConfigError for an unknown group or key."""
    checked: dict[str, Any] = {}
    for group, entries in values.items():
        _check_key(group, list(Settings.model_fields), place)
        if not isinstance(entries, dict):
            raise ConfigError(f"[{group}] {place} must be a table.")
        for key in entries:
            _check_key(key, _keys(group), f"under [{group}] {place}")
        checked[group] = {key: value for key, value in entries.items() if value != ""}
    return checked


def _keys(group: str) -> list[str]:
    model = Settings.model_fields[group].annotation
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _check_key(key: str, known: list[str], place: str) -> None:
    if key in known:
        return
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}."
    fix = "edge-agent config show" if place.endswith(FLAGS) else None  # which stumbles over a file's mistake itself
    raise ConfigError(f"There is no setting '{key}' {place}; {hint}", fix=fix)


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        result[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def _sentence(error: ValidationError, layers: dict[str, dict[str, Any]]) -> str:
    """What is wrong, and the last of the `layers` that says so."""
    first = error.errors()[0]
    if first["type"] == "value_error":  # one of ours, about two settings of a group
        return f"The settings under [{'.'.join(map(str, first['loc']))}] are wrong: {first['ctx']['error']}."
    group, key, *deeper = map(str, first["loc"])
    place = [place for place, layer in layers.items() if key in layer.get(group, {})][-1]
    reason = f"{first['msg'][0].lower()}{first['msg'][1:]}"
    # Errors go to the journal; keys do not, nor what may hold some.
    shown = "" if deeper or f"{group}.{key}" in SECRETS else f" (it is {first['input']!r})"
    return f"The setting {'.'.join([group, key, *deeper])} {place} is wrong: {reason}{shown}."


def set_in_file(name: str, value: str, path: Path | None = None) -> Path:
    """Writes GROUP.KEY into a settings file, the user's if none is given, and leaves all other lines of it as they
    are; it is made if there is none. No value: as if it were not set. Returns where. Raises ConfigError: nothing is
    written."""
    file = path or user_file()
    layer = parse_set([f"{name}={value}"])
    group, key = name.split(".")
    checked = load(layer, file if file.exists() else None)  # with all that is set beside it
    line = f"{key} = {_toml(getattr(getattr(checked, group), key) if layer[group][key] else '')}"
    wanted = _merged(_read(file, must_exist=False), {group: tomllib.loads(line)})
    old = file.read_text(encoding="utf-8") if file.exists() else ""
    new = _with_line(old, group, line)
    try:
        is_whole = tomllib.loads(new) == wanted
    except tomllib.TOMLDecodeError:
        is_whole = False
    if not is_whole:  # written over several lines, or in a table of another form
        raise ConfigError(f"{name} cannot be changed in {file} without losing what is there.", fix=f"edit {file}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(led_to(file), new)  # for its owner alone: serve.token
    except OSError as error:
        raise ConfigError(f"{file} cannot be written ({error.strerror}).") from None
    return file


def _with_line(text: str, group: str, line: str) -> str:
    """The text of a settings file in which `line` is in its group: in the place of the one that sets the same key, else
    behind the one that has it commented out, else at the head of the group, which is made where there is none."""
    key = line.partition(" ")[0]
    lines = text.splitlines()
    heads = [at for at, each in enumerate(lines) if re.fullmatch(r"\s*\[[^\[\]]+\]\s*(#.*)?", each)]
    here = next((at for at in heads if lines[at].split("[")[1].split("]")[0].strip() == group), None)
    if here is None:
        return "\n".join([*lines, *([""] if lines else []), f"[{group}]", line]) + "\n"
    end = next((at for at in heads if at > here), len(lines))
    for pattern, over in ((rf"\s*{key}\s*=.*", 1), (rf"\s*#\s*{key}\s*=.*", 0)):
        if at := next((at for at in range(here + 1, end) if re.fullmatch(pattern, lines[at])), None):
            lines[at + 1 - over : at + 1] = [line]
            return "\n".join(lines) + "\n"
    lines.insert(here + 1, line)
    return "\n".join(lines) + "\n"


def template() -> str:
    """A settings file with every key, its meaning and its default, all commented out."""
    lines = ["# Settings of edge_agent. Remove the '#' in front of a line to change it.", ""]
    for group, info in Settings.model_fields.items():
        lines.append(f"[{group}]")
        for key, field in type(info.default).model_fields.items():
            lines += [f"# {line}" for line in (field.description or "").splitlines()]
            if get_origin(field.annotation) is Literal:
                lines.append(f"# One of: {', '.join(map(_toml, get_args(field.annotation)))}.")
            lines.append(f"#{key} = {_toml(getattr(info.default, key))}")
        lines.append("")
    return "\n".join(lines)


def as_toml(settings: Settings) -> str:
    """Settings as TOML that `load` reads back to the same."""
    groups = settings.model_dump()
    return "\n\n".join(
        "\n".join([f"[{group}]", *(f"{key} = {_toml(value)}" for key, value in entries.items())])
        for group, entries in groups.items()
    )


def _toml(value: object) -> str:
    """Strings in JSON's notation, which is TOML's but for DEL; not set is the empty string."""
    if value is None:
        return '""'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, Path)):
        return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):  # a table in one line, without what is not set
        entries = (f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items() if each is not None)
        return f"{{{', '.join(entries)}}}"
    return str(value)
