"""Chromium, headless, with a file as its microphone, driven over its own protocol (CDP) by a client of some lines."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from edge_agent.types import Samples

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
START_S, ANSWER_S, POLL_S = 30.0, 20.0, 0.02
RECORD = """
(() => {
  const context = new AudioContext(), blocks = [];
  const source = context.createMediaStreamSource(document.querySelector('#voice').srcObject);
  const tap = context.createScriptProcessor(4096, 1, 1);
  tap.onaudioprocess = (event) => blocks.push(new Float32Array(event.inputBuffer.getChannelData(0)));
  source.connect(tap); tap.connect(context.destination);
  window.recorded = { context, blocks };
})()
"""
RECORDED = """
(() => {
  const { context, blocks } = window.recorded, all = new Int16Array(blocks.reduce((n, b) => n + b.length, 0));
  let at = 0;
  for (const block of blocks) for (const sample of block) all[at++] = Math.max(-1, Math.min(1, sample)) * 32767;
  let text = ''; const bytes = new Uint8Array(all.buffer);
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return { hz: context.sampleRate, sound: btoa(text) };
})()
"""
"""Whatever is heard, as it is, from a tap on the track: a test's code, which the page's policy leaves alone."""


class Tab:
    """One page."""

    def __init__(self, url: str) -> None:
        self._socket: ClientConnection = connect(url, max_size=2**26, proxy=None)
        self._ids = itertools.count(1)
        self.told: list[dict[str, Any]] = []
        """What the browser has told of it meanwhile: requests, errors, lines of the console."""
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.command(f"{domain}.enable")

    def command(self, method: str, **params: Any) -> Any:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv(ANSWER_S))
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]
            self.told.append(message)

    def js(self, expression: str) -> Any:
        """The value of an expression, awaited; as if the user had just done something."""
        answer = self.command(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def open(self, url: str) -> None:
        self.command("Page.navigate", url=url)
        self.until("document.documentElement.dataset.ready === 'yes'")

    def until(self, expression: str, seconds: float = ANSWER_S) -> None:
        """Waits for the expression to be true."""
        last = time.monotonic() + seconds
        while time.monotonic() < last:
            with contextlib.suppress(AssertionError):
                if self.js(f"Boolean({expression})"):
                    return
            time.sleep(POLL_S)
        raise TimeoutError(f"{expression}: not within {seconds:.0f} s. The page: {self.text('body')[:2000]}")

    def text(self, selector: str) -> str:
        return str(self.js(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    @property
    def state(self) -> str:
        return self.text("#words")

    def click(self, selector: str) -> None:
        self.js(f"document.querySelector({json.dumps(selector)}).click()")

    def key(self, key: str, *, up: bool = True, down: bool = True) -> None:
        code = {" ": 32, "Escape": 27, "/": 191}.get(key, ord(key[0].upper()))
        named = {"key": key, "windowsVirtualKeyCode": code, **({"text": key} if len(key) == 1 else {})}
        if down:
            self.command("Input.dispatchKeyEvent", type="keyDown", **named)
        if up:
            self.command("Input.dispatchKeyEvent", type="keyUp", **named)

    def type(self, text: str) -> None:
        self.js("document.querySelector('#text').focus()")
        self.command("Input.insertText", text=text)
        self.js("document.querySelector('#type').requestSubmit()")

    def record(self) -> None:
        """Everything that is heard from now on is kept."""
        self.js(RECORD)

    def recorded(self) -> tuple[Samples, int]:
        """What was heard since, and its rate."""
        found = self.js(RECORDED)
        return np.frombuffer(base64.b64decode(found["sound"]), np.int16).astype(np.float32) / 32768, int(found["hz"])

    def screenshot(self, path: Path, width: int, height: int, *, dark: bool = False, mobile: bool = False) -> None:
        self.size(width, height, dark=dark, mobile=mobile)
        shot = self.command("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(shot["data"]))

    def size(self, width: int, height: int, *, dark: bool = False, mobile: bool = False) -> None:
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile
        )
        wanted = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.command("Emulation.setEmulatedMedia", features=wanted)

    def faults(self) -> list[str]:
        """What went wrong in the page so far: exceptions, and what its policy has stopped."""
        self.js("0")
        thrown = [
            str(each["params"]["exceptionDetails"]) for each in self.told if each["method"] == "Runtime.exceptionThrown"
        ]
        entries = [each["params"]["entry"] for each in self.told if each["method"] == "Log.entryAdded"]
        return thrown + [entry["text"] for entry in entries if "Content Security" in entry["text"]]

    def asked(self) -> list[str]:
        """The addresses of all that it has asked for."""
        return [each["params"]["request"]["url"] for each in self.told if each["method"] == "Network.requestWillBeSent"]


class Chromium:
    def __init__(self, port: int) -> None:
        self.port = port
        version = self._json("/json/version")
        self._browser = connect(version["webSocketDebuggerUrl"], proxy=None)
        self._ids = itertools.count(1)
        self._tabs: list[Tab] = []

    def tab(self) -> Tab:
        self._browser.send(
            json.dumps({"id": next(self._ids), "method": "Target.createTarget", "params": {"url": "about:blank"}})
        )
        target = json.loads(self._browser.recv(ANSWER_S))["result"]["targetId"]
        tab = Tab(f"ws://127.0.0.1:{self.port}/devtools/page/{target}")
        self._tabs.append(tab)
        return tab

    def close(self) -> None:
        """As a user does, tab by tab: pages may say goodbye."""
        for tab in self._tabs:
            with contextlib.suppress(ConnectionClosed):
                tab.command("Page.close")

    def _json(self, path: str) -> Any:
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())


@contextlib.contextmanager
def chromium(
    folder: Path, microphone: Path | None = None, *, allowed: bool = True, home: Path | None = None
) -> Iterator[Chromium]:
    """`microphone`: a WAV that is said once, from when it is opened. `allowed`: whether pages may use it. `home`: where
    it finds the certificates that its user trusts; else the home of whoever runs it."""
    assert PROGRAM
    profile = folder / "profile"
    flags = [
        "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--use-fake-device-for-media-stream", "--allow-loopback-in-peer-connection", "--remote-debugging-port=0",
        "--autoplay-policy=no-user-gesture-required", "--disable-dev-shm-usage",
    ]  # fmt: skip
    flags += ["--use-fake-ui-for-media-stream"] if allowed else ["--deny-permission-prompts"]
    flags += [f"--use-file-for-fake-audio-capture={microphone}%noloop"] if microphone else []
    port_file = profile / "DevToolsActivePort"
    port_file.unlink(missing_ok=True)
    log = (folder / "chromium.log").open("w")
    environment = {**os.environ, **({"HOME": str(home)} if home else {})}
    command = [PROGRAM, *flags, "about:blank"]
    with log, subprocess.Popen(command, stdout=log, stderr=log, env=environment) as process:
        try:
            last = time.monotonic() + START_S
            while not (port_file.exists() and port_file.read_text().strip()):
                assert time.monotonic() < last, (folder / "chromium.log").read_text()[-2000:]
                time.sleep(POLL_S)
            browser = Chromium(int(port_file.read_text().splitlines()[0]))
            try:
                yield browser
            finally:
                browser.close()
        finally:
            process.terminate()
            process.wait(10)
