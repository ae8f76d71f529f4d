"""Real calls over loopback with a telephone and a registrar of others: Debian's baresip and kamailio."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from phone.stacks import at, listen, opened, pitch, tone
from phone.telephone import PASSWORD, RATE_HZ, USER, calling, forking, free_port, registrar, until

from edge_agent.phone.setup import tried
from edge_agent.phone.stack import PhoneError
from tests.rigs.sip.peer import SipPeer, telephone

pytestmark = pytest.mark.slow

QUIET = np.zeros(60 * RATE_HZ, np.float32)


def test_keys_of_a_telephone_arrive(tmp_path: Path) -> None:
    """RFC 4733, of Debian's baresip."""
    port, digits = free_port(), list[str]()
    with opened(at(port)) as called, calling(tmp_path, f"sip:bot@127.0.0.1:{port}", QUIET) as telephone:
        called.lines.get(timeout=10).on_digit = digits.append
        telephone.press("159*0#")
        until(lambda: len(digits) == 6)
        assert "".join(digits) == "159*0#"


def test_a_registrar_takes_the_right_password_and_sends_calls(tmp_path: Path) -> None:
    with registrar(tmp_path) as port:
        account = {"account": f"{USER}@127.0.0.1:{port}", "password": PASSWORD}
        with pytest.raises(PhoneError, match=r"refuses.*401"):
            list(tried(at(free_port(), **{**account, "password": "wrong"})))
        assert "registered" in list(tried(at(free_port(), **account)))[-1]
        (tmp_path / "telephone").mkdir()
        with opened(at(free_port(), **account)) as called:
            assert called.registered.get(timeout=10).is_so
            with calling(tmp_path / "telephone", f"sip:{USER}@127.0.0.1:{port}", tone(60, RATE_HZ, 700)) as telephone:
                line = called.lines.get(timeout=10)
                assert pitch(listen(line, 2.0)[16_000:], 16_000) == pytest.approx(700, abs=2)
                telephone.hang_up()
                assert line.over.wait(10)
        heard = telephone.heard()
        assert pitch(heard[RATE_HZ : 2 * RATE_HZ], RATE_HZ) == pytest.approx(440, abs=2)


def test_of_two_telephones_that_pick_up_behind_a_proxy_the_second_is_hung_up(tmp_path: Path) -> None:
    """A call of ours that kamailio has forked: both 200s come back through it, and so do ACK and BYE."""
    with (
        opened(at(free_port())) as phone,
        telephone(0, "one") as one,
        telephone(0, "other") as other,
        forking(tmp_path, (one.port, other.port)) as port,
    ):
        line = phone.stack.dial(f"sip:anybody@127.0.0.1:{port}")
        rung = [(each, each.expect("INVITE")) for each in (one, other)]
        for each, invite in rung:
            each.target = ("127.0.0.1", port)
            each.answer(invite, 180, "Ringing")
        for each, invite in rung:
            routes = [pair for pair in invite.headers if pair[0].lower() == "record-route"]
            each.answer(invite, 200, "OK", each.offer(), *routes)
        for each, _ in rung:
            each.expect("ACK")
        assert line.picked_up.wait(5)
        ended = [each for each, _ in rung if is_hung_up(each)]
        assert len(ended) == 1
        assert not line.over.is_set()
        line.hang_up()
        assert is_hung_up(one if ended == [other] else other)
        assert line.over.wait(10)


def is_hung_up(peer: SipPeer) -> bool:
    """Whether it is, within 2 s."""
    try:
        peer.answer(peer.expect("BYE", 2.0), 200)
    except AssertionError:
        return False
    return True
