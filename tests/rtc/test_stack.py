"""What we put into aiortc fits it: these fail where another release of it is otherwise."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

import pytest

from edge_agent.clock import ManualClock
from edge_agent.rtc import stack
from edge_agent.rtc.addresses import own_addresses
from edge_agent.rtc.inbound import Inbound
from edge_agent.rtc.opus import OpusDecoder


def with_receiver(look) -> None:
    from aiortc import RTCConfiguration, RTCPeerConnection

    async def body() -> None:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        try:
            look(connection.addTransceiver("audio").receiver)
            await asyncio.sleep(0)
        finally:
            await connection.close()

    asyncio.run(body())


def test_our_jitter_buffer_takes_the_place_of_aiortcs() -> None:
    assert version("aiortc").startswith("1.16.")
    inbound = Inbound(OpusDecoder(16_000), ManualClock())

    def look(receiver) -> None:
        own = getattr(receiver, stack.JITTER_BUFFER)
        assert callable(own.add)
        assert stack.receive_through(receiver, inbound)
        assert getattr(receiver, stack.JITTER_BUFFER) is not own

    with_receiver(look)


def test_without_its_place_aiortcs_own_is_used_and_a_line_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(stack, "JITTER_BUFFER", "_RTCRtpReceiver__gone")
    inbound = Inbound(OpusDecoder(16_000), ManualClock())
    ours = list[bool]()
    with_receiver(lambda receiver: ours.append(stack.receive_through(receiver, inbound)))
    assert ours == [False]
    assert "its own jitter buffer is used" in caplog.text


def test_aioice_offers_our_addresses() -> None:
    from aioice import ice

    stack.offer_own_addresses()
    assert ice.get_host_addresses(use_ipv4=True, use_ipv6=True) == own_addresses()
    assert all(":" not in each for each in ice.get_host_addresses(use_ipv4=True, use_ipv6=False))
    assert own_addresses().count("127.0.0.1") == 1


def test_where_a_package_is_missing_the_command_that_installs_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    stack.check()
    monkeypatch.setitem(__import__("sys").modules, "aiortc", None)
    with pytest.raises(stack.NoWebRtc, match="pip install 'aiortc"):
        stack.check()
