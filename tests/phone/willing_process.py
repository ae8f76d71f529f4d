"""A SIP process whose telephone does as it is asked: it calls whomever a REFER names."""

from __future__ import annotations

import baresip

from edge_agent.phone import process

if __name__ == "__main__":
    create = baresip.UserAgent.create
    baresip.UserAgent.create = lambda *args, **more: create(*args, **{**more, "transfer_policy": "auto"})
    process.main()
