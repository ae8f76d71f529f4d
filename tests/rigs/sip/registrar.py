"""Registrar: takes the account of a telephone, for tests."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import threading

from tests.rigs.sip.peer import HOST, Sip, SipPeer, parsed


class Registrar:
    """Takes REGISTER of one account, with digest authentication; one that is `deaf` answers nothing."""

    def __init__(self, user: str, password: str, *, deaf: bool = False) -> None:
        self._peer = SipPeer(0)
        self._user, self._password, self._deaf = user, password, deaf
        self.registered = threading.Event()
        self.contact: tuple[str, int] = (HOST, 0)
        self._nonce = secrets.token_hex(8)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._over = False

    @property
    def port(self) -> int:
        return self._peer.port

    def __enter__(self) -> Registrar:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._thread.join()
        self._peer.close()

    def _run(self) -> None:
        self._peer.socket.settimeout(0.05)
        while not self._over:
            with contextlib.suppress(TimeoutError):
                data, self._peer.target = self._peer.socket.recvfrom(65536)
                if not self._deaf:
                    self._answer(parsed(data))

    def _answer(self, request: Sip) -> None:
        if request.method != "REGISTER":
            return self._peer.answer(request, 404, "Not here")
        if not self._is_right(request["authorization"]):
            ask = f'Digest realm="test", nonce="{self._nonce}", algorithm=MD5'
            return self._peer.answer(request, 401, "Unauthorized", "", ("WWW-Authenticate", ask))
        self.contact = self._peer.target
        self._peer.answer(request, 200, "OK", "", ("Expires", "300"))
        return self.registered.set()

    def _is_right(self, told: str) -> bool:
        """RFC 2617, without qop."""
        found = dict(re.findall(r'(\w+)="?([^",]+)"?', told))
        first = md5(f"{self._user}:test:{self._password}")
        second = md5(f"REGISTER:{found.get('uri', '')}")
        return found.get("response") == md5(f"{first}:{self._nonce}:{second}")


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
