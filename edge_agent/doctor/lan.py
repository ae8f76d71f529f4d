"""Doctor's look at `serve.lan`: can other devices of the house come to the page, and which are paired?"""

from __future__ import annotations

from edge_agent.doctor.finding import Doubt
from edge_agent.settings import Settings
from edge_agent.state import state_dir


def house(settings: Settings) -> str:
    """The address of the page, the fingerprint of the authority, and the devices; makes nothing."""
    from edge_agent.doors.house import authority, check, paired_devices
    from edge_agent.serve.lan.authority import FILE
    from edge_agent.serve.lan.networks import lan_addresses

    check(settings.serve)
    addresses, paired = lan_addresses(), len(paired_devices(state_dir()).all())
    if not addresses:
        raise Doubt("serve.lan is on, and this machine is in no network of a house.")
    if not (state_dir() / "lan" / FILE).exists():
        return f"on, at {', '.join(addresses)}; its certificate is made at the first start"
    own = authority(state_dir(), make=False)
    devices = "one device is" if paired == 1 else f"{paired or 'no'} devices are"
    return f"on, at {', '.join(addresses)}; {devices} paired; SHA-256 of its certificate: {own.fingerprint}"
