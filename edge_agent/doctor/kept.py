"""What is kept and said by code: can the owner's sentences be used, and the file of timers and lists be read?"""

from __future__ import annotations

from contextlib import closing

from edge_agent.doctor.finding import Doubt
from edge_agent.errors import ConfigError
from edge_agent.settings import Settings
from edge_agent.state import state_dir


def sentences() -> str:
    """The owner's files, each of which can be used."""
    from edge_agent.act.sentences import checked
    from edge_agent.build_act import own_sentences

    files = sorted(own_sentences().glob("*.yaml"))
    for file in files:
        try:
            checked(file)
        except ConfigError as error:
            raise Doubt(f"{error.args[0]} It is left out.", fix=error.fix) from None
    return ", ".join(file.name for file in files) or f"none of your own in {own_sentences()}"


def voices(settings: Settings) -> str:
    """Whether those who alone are answered can be told from others. Raises ConfigError, ModelError or StateError."""
    from edge_agent.build import choose_one
    from edge_agent.build_ears import check_enrolled
    from edge_agent.hear.enrolled import Enrolled

    check_enrolled(settings)
    model = choose_one(settings, "speaker").name
    return f"answers {', '.join(voice.name for voice in Enrolled(state_dir()).voices())} alone, told by {model}"


def records() -> str:
    """What is due and kept, in numbers alone: what was said is nobody's business."""
    from edge_agent.act.records import FILE, open_records

    file = state_dir() / FILE
    if not file.exists():
        return "nothing is kept yet"
    with closing(open_records(state_dir())) as kept:
        if kept.damage:
            raise Doubt(kept.damage)
        counts = {
            "timers": len(kept.timers()),
            "alarms": len(kept.alarms()),
            "reminders": len(kept.reminders()),
            "lists": len(kept.lists()),
            "things remembered": len(kept.facts()),
        }
    return ", ".join(f"{name}: {number}" for name, number in counts.items())
