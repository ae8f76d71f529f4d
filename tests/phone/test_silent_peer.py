"""A call of which no sound comes any more: when it is over."""

from __future__ import annotations

from edge_agent.phone.silent import SILENT_PEER_S, PeerSound


def looked_at(peer: PeerSound, begin: float, end: float, *, rests: bool = False) -> list[float]:
    """The seconds at which it is over, looked at each second."""
    return [now for now in range(round(begin), round(end)) if peer.is_over(now, rests=rests)]


def test_a_call_of_which_no_sound_ever_comes_is_over() -> None:
    assert looked_at(PeerSound(), 100, 100 + SILENT_PEER_S + 1) == [100 + SILENT_PEER_S]


def test_a_call_is_not_over_while_sound_comes_and_is_soon_after() -> None:
    peer = PeerSound()
    for now in range(0, 600, 5):
        peer.came(now)
        assert not looked_at(peer, now, now + 5)
    assert looked_at(peer, 600, 620)[0] == 595 + SILENT_PEER_S


def test_while_it_rests_no_sound_is_waited_for_and_then_it_has_all_its_time_again() -> None:
    peer = PeerSound()
    peer.came(0)
    assert not looked_at(peer, 1, 3_600, rests=True)
    assert looked_at(peer, 3_600, 3_630)[0] == 3_599 + SILENT_PEER_S
