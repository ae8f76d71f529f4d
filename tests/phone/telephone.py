"""A telephone and a registrar that are not ours: Debian's baresip and kamailio, on loopback."""

from __future__ import annotations

import contextlib
import random
import socket
import subprocess
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from edge_agent.lines.pcm import to_int16
from edge_agent.resample import resample
from edge_agent.types import Samples

RATE_HZ = 8_000
USER, PASSWORD = "620", "s3cret"

CONFIG = """\
sip_listen 127.0.0.1:{port}
audio_source aufile,{folder}/said.wav
audio_player aubridge,x
audio_alert aubridge,x
module_path /usr/lib/baresip/modules
module g711.so
module g722.so
module aufile.so
module aubridge.so
module sndfile.so
module stdio.so
module_app account.so
module_app menu.so
snd_path {folder}
"""
ACCOUNT = "<sip:user@127.0.0.1>;regint=0;audio_codecs={codec}\n"

_KAMAILIO = """\
listen=udp:127.0.0.1:{port}
children=2
log_stderror=yes
debug=1
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
"""
REGISTRAR = (
    _KAMAILIO
    + """\
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
request_route {{
  if (is_method("REGISTER")) {{
    if ($au != "{user}" || !pv_www_authenticate("pbx.test", "{password}", "0")) {{
      www_challenge("pbx.test", "0");
      exit;
    }}
    save("location");
    exit;
  }}
  if (loose_route()) {{ t_relay(); exit; }}
  if (is_method("CANCEL")) {{ if (t_check_trans()) {{ t_relay(); }} exit; }}
  if (is_method("INVITE")) {{ record_route(); }}
  if (!lookup("location")) {{ sl_send_reply("404", "Not here"); exit; }}
  t_relay();
}}
"""
)

FORKING = (
    _KAMAILIO
    + """\
loadmodule "corex.so"
loadmodule "textops.so"
loadmodule "siputils.so"
request_route {{
  if (loose_route()) {{ t_relay(); exit; }}
  if (!is_method("INVITE")) {{ if (t_check_trans()) {{ t_relay(); }} exit; }}
  record_route();
  $ru = "sip:one@127.0.0.1:{one}";
  append_branch("sip:other@127.0.0.1:{other}");
  t_relay();
}}
"""
)


def free_port() -> int:
    """A port that nobody has, with the next one, of UDP and of TCP; none that the kernel gives away meanwhile."""
    for _ in range(100):
        port = 2 * random.randint(5_500, 15_000)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                for each in (port, port + 1):
                    tried = stack.enter_context(socket.socket(socket.AF_INET, kind))
                    tried.bind(("127.0.0.1", each))
            return port
    raise AssertionError("no port is free")


def until(what: Callable[[], object], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it has not come to that"
        time.sleep(0.02)


class Telephone:
    """A call of somebody else: says a sound, and keeps what it hears."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self._folder, self._process = folder, process

    def press(self, keys: str, every_s: float = 0.3) -> None:
        assert self._process.stdin
        for key in keys:
            self._process.stdin.write(key.encode())
            self._process.stdin.flush()
            time.sleep(every_s)

    def hang_up(self) -> None:
        assert self._process.stdin
        with contextlib.suppress(OSError):
            self._process.stdin.write(b"q")
            self._process.stdin.flush()

    def heard(self) -> Samples:
        """All that it has heard, from when it was answered, at 8 kHz; once it has hung up."""
        (file,) = self._folder.glob("*-dec.wav")
        with wave.open(str(file), "rb") as sound:
            pcm = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
            return resample(pcm / np.float32(32768), sound.getframerate(), RATE_HZ)


@contextlib.contextmanager
def calling(folder: Path, uri: str, says: Samples, codec: str = "pcma") -> Iterator[Telephone]:
    """The telephone calls `uri`, and says this (at 8 kHz) as soon as it is answered. `codec`: as baresip names it."""
    rate_hz = 16_000 if codec.startswith("G722") else RATE_HZ
    with wave.open(str(folder / "said.wav"), "wb") as said:
        said.setnchannels(1)
        said.setsampwidth(2)
        said.setframerate(rate_hz)
        said.writeframes(to_int16(resample(says, RATE_HZ, rate_hz)).tobytes())
    (folder / "config").write_text(CONFIG.format(port=free_port(), folder=folder))
    (folder / "accounts").write_text(ACCOUNT.format(codec=codec))
    (folder / "contacts").touch()
    command = ["baresip", "-f", str(folder), "-n", "127.0.0.1", "-e", f"d {uri}"]
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=out)
    telephone = Telephone(folder, process)
    try:
        yield telephone
    finally:
        telephone.hang_up()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with contextlib.suppress(OSError):
            process.communicate()


@contextlib.contextmanager
def registrar(folder: Path) -> Iterator[int]:
    """A registrar and proxy, at the port that is yielded."""
    port = free_port()
    with _kamailio(folder, REGISTRAR.format(port=port, user=USER, password=PASSWORD)):
        yield port


@contextlib.contextmanager
def forking(folder: Path, ports: tuple[int, int]) -> Iterator[int]:
    """A proxy, at the port that is yielded, that has both telephones ring, whoever is called."""
    port = free_port()
    with _kamailio(folder, FORKING.format(port=port, one=ports[0], other=ports[1])):
        yield port


@contextlib.contextmanager
def _kamailio(folder: Path, config: str) -> Iterator[None]:
    (folder / "kamailio.cfg").write_text(config)
    command = ["kamailio", "-f", str(folder / "kamailio.cfg"), "-DD", "-E", "-Y", str(folder)]
    command += ["-P", str(folder / "pid")]
    with (folder / "kamailio.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        time.sleep(1.0)
        assert process.poll() is None, (folder / "kamailio.log").read_text()
        yield
    finally:
        process.terminate()
        process.wait(10)
