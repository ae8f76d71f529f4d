"""OwnDevice: what the page shows of this device: what is kept, what was said, the settings that people look for."""

from __future__ import annotations

import shlex
from collections import deque
from dataclasses import asdict
from datetime import datetime

from edge_agent import build, config
from edge_agent.act.records import Records, open_records
from edge_agent.act.times import local_zone
from edge_agent.errors import ConfigError, StateError
from edge_agent.settings import EAGERNESS, Settings
from edge_agent.settings.wake import BUILT_IN, OFF
from edge_agent.state import state_dir
from edge_agent.types import Json
from edge_agent.watch.history import History

MOST_TURNS = 50
"""The last turns of the history that are shown."""
LOOKED_FOR = ("models.voice", "turns.eagerness", "hear.wake", "think.persona")
"""The settings that a page may change. None of them names a file: that stays with whoever edits the settings file."""
MOST_CHARS = 4000
"""The longest persona."""


class OwnDevice:
    def __init__(self, settings: Settings) -> None:
        """`settings`: those in force in this process."""
        self._settings = settings

    def records(self) -> Json:
        """Timers with what is left of them, alarms and reminders with their next time, lists. Raises RecordsError."""
        now = datetime.now(local_zone())
        records = open_records(state_dir())
        try:
            return _kept(records, now)
        finally:
            records.close()

    def history(self) -> Json:
        """The last turns, the newest last; none where it is off. Raises StateError."""
        history = History.own()
        try:
            turns = deque(history.exchanges(), MOST_TURNS) if history.is_on() else deque()
        except OSError as error:
            raise StateError(f"The history cannot be read ({error.strerror}).") from error
        return {"on": history.is_on(), "turns": [asdict(turn) for turn in turns]}

    def settings(self) -> Json:
        """Each with its value in force, what may be chosen (None: any text), and whether the file has another one by
        now, which holds from the next start on."""
        own, voices = self._settings, build.installed_voices(self._settings)
        wake, persona = own.hear.wake, own.think.persona
        rows = [
            _row("models.voice", voices[0], voices),
            _row("turns.eagerness", own.turns.eagerness, tuple(EAGERNESS)),
            _row("hear.wake", ",".join(wake) or OFF, tuple(dict.fromkeys((OFF, *BUILT_IN, ",".join(wake) or OFF)))),
            _row("think.persona", persona, None),
        ]
        return {"settings": rows, "file": str(config.user_file())}

    def change(self, name: str, value: str) -> Json:
        """Writes a setting into the user's file, after the checks of `config`; with the command that does the same.
        It holds from the next start on. Raises ConfigError: nothing is changed."""
        known = {row["name"]: row["choices"] for row in self.settings()["settings"]}
        if name not in LOOKED_FOR:
            raise ConfigError(f"The page changes {', '.join(LOOKED_FOR)} alone, not '{name:.80}'.")
        if known[name] is not None and value not in known[name]:
            raise ConfigError(f"{name} can be {', '.join(known[name])}, not '{value:.80}'.")
        if len(value) > MOST_CHARS:
            raise ConfigError(f"{name} has more than {MOST_CHARS} characters.")
        file = config.set_in_file(name, value)
        return {"file": str(file), "command": f"edge-agent config set {name} {shlex.quote(value)}"}


def _row(name: str, value: str, choices: tuple[str, ...] | None) -> Json:
    return {"name": name, "value": value, "choices": choices}


def _kept(records: Records, now: datetime) -> Json:
    timers = [
        {
            "id": each.id,
            "kind": each.kind,
            "name": each.name,
            "seconds": each.seconds,
            "left_s": round(each.left_s(now), 1),
            "paused": each.paused,
        }
        for each in (*records.timers(), *records.snoozed())
    ]
    alarms = [
        {"id": each.id, "name": each.name, "at": each.next.isoformat(), "days": sorted(each.days)}
        for each in records.alarms()
    ]
    reminders = [
        {"id": each.id, "text": each.text, "at": each.next.isoformat(), "rrule": each.rrule}
        for each in records.reminders()
    ]
    lists = [{"name": name, "items": records.items(name)} for name in records.lists()]
    return {"timers": timers, "alarms": alarms, "reminders": reminders, "lists": lists}
