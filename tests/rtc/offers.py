"""Offers of browsers, and mutations of them."""

from __future__ import annotations

import random

CHROMIUM = """\
v=0
o=- 7863500904623415790 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=extmap-allow-mixed
a=msid-semantic: WMS 7fef339a
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1 1 udp 2113937151 5e8c9b2e-1b2c-4d6e-9f3a-0c1d2e3f4a5b.local 50123 typ host generation 0
a=candidate:2 1 udp 2113937151 127.0.0.1 50124 typ host generation 0 network-cost 999
a=ice-ufrag:wMp5
a=ice-pwd:TGkHT3pUIn59l2tf7+hYZOGM
a=ice-options:trickle
a=fingerprint:sha-256 B0:FD:C3:6E:23:8B:BE:7E:1D:3D:EA:0E:2A:4E:89:A7:12:37:F5:D6:62:EE:1D:3D:E3:75:12:85:12:6E:37:F7
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:7fef339a 8267091d
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=ssrc:235784648 cname:5HYww5EVMJZwoZOL
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:wMp5
a=ice-pwd:TGkHT3pUIn59l2tf7+hYZOGM
a=fingerprint:sha-256 B0:FD:C3:6E:23:8B:BE:7E:1D:3D:EA:0E:2A:4E:89:A7:12:37:F5:D6:62:EE:1D:3D:E3:75:12:85:12:6E:37:F7
a=setup:actpass
a=mid:1
a=sctp-port:5000
a=max-message-size:262144
""".replace("\n", "\r\n")
"""What Chromium 156 sends, with candidates."""
ODD = [
    "",
    "0",
    "-1",
    "65536",
    "999999999999999999999",
    "\0",
    "\ud800",
    "a" * 5000,
    "::1",
    "8.8.8.8",
    "x.local",
    "é",
    "%n",
]


def mutated(offer: str, chance: random.Random) -> str:
    """An offer of which one to four things are changed: lines dropped, doubled, swapped, cut, words replaced."""
    lines = offer.split("\r\n")
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        match chance.randrange(7):
            case 0:
                del lines[at]
                lines = lines or [""]
            case 1:
                lines.insert(at, lines[at])
            case 2:
                other = chance.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                lines[at] = lines[at][: chance.randint(0, len(lines[at]))]
            case 4:
                words = lines[at].split(" ")
                words[chance.randrange(len(words))] = chance.choice(ODD)
                lines[at] = " ".join(words)
            case 5:
                head, colon, _ = lines[at].partition(":")
                lines[at] = f"{head}{colon}{chance.choice(ODD)}"
            case _:
                text = lines[at]
                place = chance.randint(0, len(text))
                lines[at] = text[:place] + chr(chance.randint(0, 0x2FF)) + text[place + 1 :]
    return "\r\n".join(lines)
