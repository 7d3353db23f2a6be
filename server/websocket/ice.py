"""The ICE servers, STUN and TURN, by which voices cross networks, as browsers take them.

If there is a TURN server, it relays all media, so nobody learns another person's address. Its
credentials are valid for an hour and name nobody (coturn's `use-auth-secret`).
"""

import base64
import hashlib
import hmac
import secrets
from typing import Any

from server.config import Settings

GOOD_FOR_S = 3600


def ice(settings: Settings, now: int) -> dict[str, Any]:
    """The configuration of a page's RTCPeerConnections, and for how long it is valid.

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
