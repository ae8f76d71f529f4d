"""The kernel lets in what comes from the peer's addresses, and nothing else."""

from __future__ import annotations

import contextlib
import os
import socket

import pytest

from edge_agent.phone.shield import shield


def bound(family: socket.AddressFamily, address: str) -> socket.socket:
    one = socket.socket(family, socket.SOCK_DGRAM)
    one.bind((address, 0))
    one.settimeout(0.1)
    return one


def comes(to: socket.socket, sender: socket.socket) -> bool:
    sender.sendto(b"x", to.getsockname()[:2])
    try:
        return to.recv(10) == b"x"
    except TimeoutError:
        return False


def test_only_the_peers_addresses_come_through_and_another_may_follow() -> None:
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(bound(socket.AF_INET, "127.0.0.1"))
        other = stack.enter_context(bound(socket.AF_INET, "127.0.0.1"))
        senders = [stack.enter_context(bound(socket.AF_INET, f"127.0.0.{n}")) for n in (1, 2, 3, 4)]
        port = ours.getsockname()[1]
        assert [comes(ours, each) for each in senders] == [True] * 4
        assert shield(port, ["127.0.0.2", "127.0.0.4", "no address", "::1"]) >= 1
        assert [comes(ours, each) for each in senders] == [False, True, False, True]
        assert comes(other, senders[0]) or other.getsockname()[1] == port + 1
        assert shield(port, ["127.0.0.3"]) >= 1
        assert [comes(ours, each) for each in senders] == [False, False, True, False]
        assert shield(port, ["nobody"]) == 0


def test_addresses_of_16_bytes_are_compared_whole() -> None:
    try:
        ours = bound(socket.AF_INET6, "::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    with ours, bound(socket.AF_INET6, "::1") as sender:
        assert shield(ours.getsockname()[1], ["::2", "::1"]) == 1
        assert comes(ours, sender)
        assert shield(ours.getsockname()[1], ["1::1", "::2"]) == 1
        assert not comes(ours, sender)


def test_no_descriptor_is_left_open() -> None:
    with bound(socket.AF_INET, "127.0.0.1") as ours:
        before = sorted(os.listdir("/proc/self/fd"))
        for _ in range(10):
            assert shield(ours.getsockname()[1], ["127.0.0.1"]) == 1
            assert shield(1, ["127.0.0.1"]) == 0
        assert sorted(os.listdir("/proc/self/fd")) == before
