"""Texts from seat to seat, published to every process and kept nowhere."""

from server.store.keys import room_key, signals
from server.store.scripts import Scripts


class Signals:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def publish(self, circle_id: str, sender: str, to: str, text: bytes) -> None:
        """Publishes a text from one seat to every page of another, at any process."""
        words = (signals(circle_id), f"{to} {sender}\n".encode() + text)
        await self._scripts.run("publish", [room_key(circle_id)], words)
