"""By which servers voices find their way across networks: STUN and TURN, as browsers take them.

Where there is a TURN server, everything goes by it: so nobody's address is told to the others. Its
credentials are good for an hour and name nobody (coturn's `use-auth-secret`).
"""

import base64
import hashlib
import hmac
import secrets
from typing import Any

from server.config import Settings

GOOD_FOR_S = 3600


def ice(settings: Settings, now: int) -> dict[str, Any]:
    """What a page needs for its RTCPeerConnections, and for how long it is good.

    Any: W3C's RTCConfiguration, as JSON. `now` is epoch ms.
    """
    servers: list[dict[str, Any]] = []
    if settings.stun_urls:
        servers.append({"urls": settings.stun_urls})
    expires = now // 1000 + GOOD_FOR_S
    if settings.turn_secret:
        username = f"{expires}:{secrets.token_hex(4)}"
        digest = hmac.digest(settings.turn_secret.encode(), username.encode(), hashlib.sha1)
        credential = base64.b64encode(digest).decode("ascii")
        urls = settings.turn_urls
        servers.append({"urls": urls, "username": username, "credential": credential})
    return {
        "iceServers": servers,
        "iceTransportPolicy": "relay" if settings.turn_secret else "all",
        "goodForMs": GOOD_FOR_S * 1000,
    }
