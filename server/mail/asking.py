"""Asking for reminders: the mail that asks whether an address is theirs, and its answer.

Nothing is kept before the answer: all of it is in the link, sealed.
"""

import asyncio
import secrets
from enum import StrEnum

import structlog
from msgspec.structs import replace

from server import metrics
from server.cancelling import cancel_all
from server.circle.circle import Circle
from server.circle.reminders import Reminder
from server.identity import Identity, circle_of, is_circle_id
from server.mail.message import message
from server.mail.seals import Asked, Seals
from server.mail.smtp import Away, Outcome, Smtp
from server.store.limits import RateLimit
from server.store.reminders import Replaced
from server.store.store import Store
from server.views.language import Language
from server.views.mails import HOURS, confirmation

log = structlog.stdlib.get_logger(__name__)

VALID_MS = HOURS * 3600 * 1000
TRIES_AFTER_S = (0, 10, 60, 300)
AT_ONCE = 16
ANSWERS_WITHIN_S = 2.0
"""How long a page waits for the mail server. Afterwards the mail is sent all the same."""
TRIES = 20
LINK_CONFIRMED = RateLimit("confirmed", 1, VALID_MS)
"""By the link: one that was confirmed does nothing after *stop*, when a browser loads the answer
again."""


class Begun(StrEnum):
    """What has become of the mail by the time the page answers."""

    SENT = "sent"
    ON_ITS_WAY = "on its way"
    REFUSED = "refused"
    BUSY = "busy"


class Confirmed(StrEnum):
    """The outcome of opening a link."""

    ON = "on"
    OLD = "old"
    """Too old, or there was a later one, or its reminders were stopped."""
    UNKNOWN = "unknown"
    """The link is not ours, or not whole."""
    NO_SEAT = "no seat"


class Asking:
    def __init__(self, store: Store, identity: Identity, smtp: Smtp) -> None:
        self._circles = store.circles
        self._clock = store.clock
        self._stored = store.reminders
        self._limits = store.limits
        self._identity = identity
        self._seals = Seals(identity)
        self._smtp = smtp
        self._tasks: set[asyncio.Task[Outcome]] = set()

    async def close(self) -> None:
        """Gives up what is not sent yet: nobody has confirmed anything."""
        await cancel_all(self._tasks)

    async def begin(
        self,
        language: Language,
        circle: Circle,
        seat: str,
        address: str,
        *,
        day_before: bool,
        hour_before: bool,
        base: str,
    ) -> Begun:
        """Sends the mail that asks, or goes on trying for some minutes."""
        if len(self._tasks) >= AT_ONCE:
            return Begun.BUSY
        now = self._clock.now()
        asked = Asked(circle.id, seat, address, day_before, hour_before, now)
        mail = confirmation(language, circle.name, f"{base}/reminders#{self._seals.token(asked)}")
        one = secrets.token_hex(16)
        text = message(mail, language, self._smtp.sender, address, now, id=one)
        task = asyncio.create_task(self._send(address, text))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        done, _ = await asyncio.wait([task], timeout=ANSWERS_WITHIN_S)
        if not done:
            return Begun.ON_ITS_WAY
        return Begun.REFUSED if task.result() is Outcome.REFUSED else Begun.SENT

    async def _send(self, address: str, text: bytes) -> Outcome:
        for pause in TRIES_AFTER_S:
            await asyncio.sleep(pause)
            try:
                async with self._smtp.connected() as smtp:
                    outcome = await smtp.send(address, text)
            except Away as away:
                metrics.MAIL_SERVER_AWAY.inc()
                log.warning("the mail server is away", error=str(away))
                continue
            metrics.MAILS.labels(outcome.value).inc()
            if outcome is not Outcome.LATER:
                return outcome
        metrics.MAILS.labels("dropped").inc()
        return Outcome.LATER

    async def confirm(self, token: str, base: str) -> tuple[Confirmed, Circle | None]:
        """Keeps what the link asks for; idempotent. `base` begins the links of the mails, where
        PUBLIC_URL does not."""
        asked = self._seals.asked(token)
        if asked is None:
            return Confirmed.UNKNOWN, None
        now, link = self._clock.now(), self._identity.key_for(LINK_CONFIRMED.what, token)[:12].hex()
        circle = await self._circles.get(asked.circle)
        for _ in range(TRIES if circle else 0):
            held = await self._stored.of(asked.circle, asked.seat)
            if held and held.asked_at == asked.at:
                return Confirmed.ON, circle
            is_later = held is not None and held.asked_at > asked.at
            if (
                now - asked.at > VALID_MS
                or is_later
                or await self._limits.has_counted(LINK_CONFIRMED, link)
            ):
                return Confirmed.OLD, circle
            done = await self._stored.replace(
                asked.circle, asked.seat, held, self._kept(asked, held, base, now)
            )
            if done is Replaced.DONE:
                await self._limits.count(LINK_CONFIRMED, link)
                await self._stored.look_soon(asked.circle)
                return Confirmed.ON, circle
            if done is Replaced.NO_SEAT:
                break
        return Confirmed.NO_SEAT, None

    def _kept(self, asked: Asked, held: Reminder | None, base: str, now: int) -> Reminder:
        sealed = self._seals.sealed(asked.circle, asked.seat, asked.address)
        fresh = Reminder(
            sealed=sealed,
            asked_at=asked.at,
            confirmed_at=now,
            day_before=asked.day_before,
            hour_before=asked.hour_before,
            base=base,
        )
        # Another address of the same person gets no mail that the former one has got.
        return replace(fresh, marks=held.marks, confirmed_at=held.confirmed_at) if held else fresh


class Stopping:
    """Ends reminders by a link; it needs no mail server."""

    def __init__(self, store: Store, identity: Identity) -> None:
        self._stored = store.reminders
        self._identity = identity
        self._seals = Seals(identity)

    async def stop(self, token: str) -> None:
        """Erases the address that this token is about, of a confirmation or of a mail; idempotent,
        and the same for an invented one."""
        if asked := self._seals.asked(token):
            await self._stored.erase(asked.circle, asked.seat)
            return
        circle_id = circle_of(token)
        if is_circle_id(circle_id):
            seats = await self._stored.seats(circle_id)
            if seat := self._identity.stopping(token, circle_id, seats):
                await self._stored.erase(circle_id, seat)
