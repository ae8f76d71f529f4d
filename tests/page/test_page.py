"""The page in a real browser, with real models: spoken, typed, muted, interrupted, and what goes wrong."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from page.axe import axe, violations
from page.chromium import PROGRAM, Tab, chromium
from page.conftest import Served, said, serving

from edge_agent import build
from edge_agent.config import load
from edge_agent.resample import resample

ROOT = Path(__file__).parents[2]
TIME = "googleassistant_whattimeisit.flac"
pytestmark = [
    pytest.mark.model,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium"),
]


def is_(state: str) -> str:
    return f"document.querySelector('#words').innerText === {json.dumps(state)}"


def turns(count: int, end: str = "") -> str:
    """So many turns are shown, the last of which has such an end."""
    last = f" && document.querySelector('.turn:last-child .end')?.innerText === '({end})'" if end else ""
    return f"document.querySelectorAll('.turn').length === {count}{last}"


NOTE_MUTE = "({ target }) => { window.mutes.push(target.muted); }"
SPEAKING = "document.body.dataset.state === 'speaking'"


def test_a_spoken_question_is_answered_aloud(served: Served, tmp_path: Path) -> None:
    """And the words of the answer are heard again by the ASR."""
    with chromium(tmp_path, said(tmp_path, 2.0, TIME)) as browser:
        tab = browser.tab()
        tab.open(served.url)
        tab.click("#start")
        tab.until(is_("Listening"))
        tab.until("document.querySelector('#voice').srcObject")
        tab.record()
        tab.until("document.querySelector('.you.partial')")
        tab.until(SPEAKING)
        tab.until(is_("Listening"))
        assert "what time is it" in tab.text(".turn .you:not(.partial)").lower()
        answer = tab.text(".turn .agent .words")
        assert "It is" in answer
        assert tab.text("#aloud").splitlines()[0] == "You: What time is it?"
        assert tab.text("#waterfalls figcaption b").endswith("ms")
        sound, hz = tab.recorded()
        assert tab.faults() == []
        assert {url.removeprefix(served.url).partition("/")[0] for url in tab.asked()} <= {"", "page", "v1"}
    assert float(np.abs(sound).max()) > 0.1
    assert " ".join(heard(sound, hz).lower().split()[:2]) == "it is"


def heard(sound: np.ndarray, hz: int) -> str:
    settings = load({"models": {"profile": "small"}, "engines": {"isolation": "thread"}})
    engines = build.engines(settings, build.choose(settings))
    return str(engines.asr("en").transcribe(resample(sound, hz, 16_000)).text)


def test_what_is_typed_is_answered_and_its_timer_counts_down(served: Served, quiet: Tab) -> None:
    quiet.open(served.url)
    quiet.key("/")
    assert quiet.js("document.activeElement.id") == "text"
    quiet.type("set a pasta timer for ten minutes")
    quiet.until(turns(1))
    quiet.until("document.querySelector('.kept .left')?.innerText.startsWith('9:')")
    assert "timer set: 10:00, pasta" in quiet.text(".turn")
    assert quiet.state in ("Connected, without a microphone", "Speaking", "Thinking")
    first = quiet.text(".kept .left")
    quiet.until(f"document.querySelector('.kept .left').innerText !== {json.dumps(first)}")
    quiet.type("cancel all timers")
    quiet.until("!document.querySelector('.kept .left')")
    assert quiet.faults() == []


def test_esc_interrupts_and_the_rest_is_gone(served: Served, quiet: Tab) -> None:
    quiet.open(served.url)
    quiet.type("what can you do")
    quiet.until(SPEAKING)
    quiet.js("(window.mutes = [], document.querySelector('#voice').onvolumechange = note)".replace("note", NOTE_MUTE))
    quiet.key("Escape")
    quiet.until(turns(1, "interrupted"))
    quiet.until("String(window.mutes) === 'true,false'")
    quiet.until(f"!({SPEAKING})")
    assert quiet.text(".turn s"), "what was not heard is struck through"


def test_who_speaks_into_an_answer_interrupts_it(served: Served, tmp_path: Path) -> None:
    """Without the browser's echo cancelling: there is no echo here, and in its first seconds it takes the user away."""
    with chromium(tmp_path, said(tmp_path, 5.0, "googlespeech_brooklyn_bridge.flac")) as browser:
        tab = browser.tab()
        tab.open(served.url)
        tab.click("#echo")
        tab.click("#start")
        tab.until(is_("Listening"))
        tab.type("what can you do")
        tab.until(SPEAKING)
        tab.until("document.querySelector('.turn .end')?.innerText === '(interrupted)'")
        tab.until("document.querySelectorAll('.turn').length === 2")
        tab.until(SPEAKING)
        assert "bridge" in tab.text(".turn:last-child .you").lower()


def test_m_mutes_and_space_is_held_to_talk(served: Served, tmp_path: Path) -> None:
    with chromium(tmp_path, said(tmp_path, 5.0, TIME)) as browser:
        tab = browser.tab()
        tab.open(served.url)
        tab.key(" ")
        tab.until(is_("Listening"))
        tab.key("m")
        tab.until(is_("Muted"))
        assert tab.js("document.querySelector('#mute').getAttribute('aria-pressed')") == "true"
        time.sleep(6)  # the question goes by
        assert tab.text(".turn") == ""
        tab.key(" ", up=False)
        tab.until(is_("Listening while you hold"))
        tab.key(" ", down=False)
        tab.until(is_("Muted"))
        tab.key("m")
        tab.until(is_("Listening"))


def test_a_server_that_restarts_is_joined_again_by_itself(tmp_path: Path) -> None:
    with chromium(tmp_path, said(tmp_path, 1.0)) as browser:
        tab = browser.tab()
        with serving(tmp_path) as first:
            tab.open(first.url)
            tab.click("#start")
            tab.until(is_("Listening"))
            tab.type("what time is it")
            tab.until(turns(1))
        tab.until(is_("The server is gone. Reconnecting"))
        with serving(tmp_path, port=first.port):
            tab.until(is_("Listening"), 30)
            assert "Connected again." in tab.text("#notice")
            tab.type("what day is it")
            tab.until(turns(2))
            tab.until(SPEAKING)


def test_a_second_tab_takes_over_and_the_first_one_says_so(served: Served, tmp_path: Path) -> None:
    with chromium(tmp_path, said(tmp_path, 1.0)) as browser:
        first, second = browser.tab(), browser.tab()
        first.open(served.url)
        first.click("#start")
        first.until(is_("Listening"))
        second.open(served.url)
        second.click("#start")
        second.until(is_("Listening"))
        first.until("document.querySelector('#hint').innerText.includes('another tab')")
        first.click("#start")
        first.until(is_("Listening"))
        second.until("document.querySelector('#hint').innerText.includes('another tab')")


def test_somebody_else_waits_for_their_turn(served: Served, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with chromium(tmp_path / "a", said(tmp_path, 1.0)) as one, chromium(tmp_path / "b", said(tmp_path, 1.0)) as other:
        first, second = one.tab(), other.tab()
        for tab in (first, second):
            tab.open(served.url)
        first.click("#start")
        first.until(is_("Listening"))
        second.click("#start")
        second.until(is_("Somebody else is talking to it"))
        first.click("#leave")
        second.until(is_("Listening"))


def test_without_a_microphone_typing_still_works(served: Served, tmp_path: Path) -> None:
    with chromium(tmp_path, allowed=False) as browser:
        tab = browser.tab()
        tab.open(served.url)
        tab.click("#start")
        tab.until(is_("Connected, without a microphone"))
        tab.until("document.querySelector('#notice').innerText.includes('Typing works')")
        tab.type("what time is it")
        tab.until(SPEAKING)


def test_a_page_of_another_origin_is_refused(served: Served, quiet: Tab) -> None:
    quiet.command("Page.navigate", url="data:text/html,<p>evil</p>")
    asked = f"fetch('{served.url}v1/device/calls', {{method: 'POST', body: 'v=0'}}).then(() => 'in', () => 'out')"
    assert quiet.js(asked) == "out"
    framed = f"const f = document.createElement('iframe'); f.src = '{served.url}'; document.body.append(f)"
    quiet.js(f"(() => {{ {framed} }})()")
    time.sleep(1)
    assert (
        quiet.js("(() => { try { return document.querySelector('iframe').contentDocument } catch { return 0 } })()")
        is None
    )


def test_settings_are_shown_and_changed(tmp_path: Path) -> None:
    with serving(tmp_path) as served, chromium(tmp_path) as browser:
        tab = browser.tab()
        tab.open(served.url)
        tab.js("document.querySelector('#settings').open = true")
        tab.until("document.querySelector('#setting-turns-eagerness')?.value === 'medium'")
        tab.js(
            "(() => { const s = document.querySelector('#setting-turns-eagerness'); s.value = 'high';"
            " s.dispatchEvent(new Event('change')); })()"
        )
        tab.until("document.querySelector('#settings').innerText.includes('Saved.')")
        assert 'eagerness = "high"' in (tmp_path / "config" / "edge_agent" / "config.toml").read_text()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280], ids=["phone", "desktop"])
def test_nobody_is_shut_out(served: Served, quiet: Tab, width: int, dark: bool) -> None:
    """axe-core finds nothing, before, while it talks, and with everything unfolded."""
    quiet.size(width, 900, dark=dark)
    quiet.command("Emulation.setEmulatedMedia", features=[
        {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ])  # fmt: skip
    quiet.open(served.url)
    quiet.js(axe())
    assert violations(quiet) == []
    quiet.type("add milk and eggs to my shopping list")
    quiet.until(turns(1))
    assert violations(quiet) == []
    quiet.click("#start")
    quiet.until(is_("Listening"))
    quiet.key("m")
    quiet.js("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    quiet.until("document.querySelector('#setting-think-persona')")
    assert violations(quiet) == []
    assert quiet.js("document.documentElement.scrollWidth") <= width, "nothing is wider than the screen"


KEEP_STREAM = """
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  window.opened = await open(wanted);
  window.wanted = wanted;
  return window.opened;
};
"""


def test_a_microphone_that_is_pulled_out_is_replaced_and_one_may_be_chosen(served: Served, quiet: Tab) -> None:
    quiet.command("Page.addScriptToEvaluateOnNewDocument", source=KEEP_STREAM)
    quiet.open(served.url)
    quiet.click("#start")
    quiet.until(is_("Listening"))
    quiet.until("document.querySelectorAll('#microphone option').length > 1")
    first = "window.first = window.opened.id"
    quiet.js(first)
    quiet.js("window.opened.getAudioTracks()[0].dispatchEvent(new Event('ended'))")
    quiet.until("window.opened.id !== window.first")
    quiet.until("document.querySelector('#notice').innerText.includes('The microphone is gone')")
    quiet.js(first)
    quiet.click("#echo")
    quiet.until("window.opened.id !== window.first && window.wanted.audio.echoCancellation === false")
    quiet.js(
        "(() => { const m = document.querySelector('#microphone'); m.value = m.options[1].value;"
        " m.dispatchEvent(new Event('change')); })()"
    )
    quiet.until("window.wanted.audio.deviceId?.exact === document.querySelector('#microphone').value")
    assert quiet.state == "Listening"
    assert quiet.faults() == []


def test_called_by_its_name_it_is_asleep_until_then(tmp_path: Path) -> None:
    """What is typed is answered all the same, and does not wake it."""
    flags = ("--set", "hear.wake=hey_jarvis")
    with serving(tmp_path, *flags) as served, chromium(tmp_path, said(tmp_path, 1.0)) as browser:
        tab = browser.tab()
        tab.open(served.url)
        tab.click("#start")
        tab.until(is_("Asleep"))
        assert "hey jarvis" in tab.text("#hint")
        tab.type("what time is it")
        tab.until(SPEAKING)
        tab.until(is_("Asleep"))


def test_a_key_is_asked_for_and_kept_out_of_the_address(tmp_path: Path) -> None:
    flags = ("--set", "serve.token=s3cret")
    with serving(tmp_path, *flags) as served, chromium(tmp_path, said(tmp_path, 1.0)) as browser:
        tab = browser.tab()
        tab.open(served.url)
        tab.until("!document.querySelector('#key').hidden")
        tab.js("document.querySelector('#secret').value = 'wrong'")
        tab.js("document.querySelector('#key').requestSubmit()")
        tab.until("!document.querySelector('#notice').hidden")
        assert "key" in tab.text("#notice")
        tab.js("document.querySelector('#secret').value = 's3cret'")
        tab.js("document.querySelector('#key').requestSubmit()")
        tab.until("document.querySelector('#kept').innerText.startsWith('None.')")
        tab.click("#start")
        tab.until(is_("Listening"))
        other = browser.tab()
        other.open(f"{served.url}#key=s3cret")
        other.until("document.querySelector('#kept').innerText.startsWith('None.')")
        assert other.js("location.href") == served.url
