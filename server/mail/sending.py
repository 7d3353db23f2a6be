"""Sends the reminders that are due. A deadline of the circle says when to look.

A mail is noted in Redis before it is handed over, by a commit that only one process wins, and the
note is taken back only if the mail server has surely not taken it: so nothing is sent twice. The
connection comes first, so while the mail server is away nothing is noted, and what is due is tried
again until it is too late. Rooms never wait: a deadline only starts a task here.
"""

import asyncio
import secrets
from typing import NamedTuple

import structlog
from redis.exceptions import RedisError

from server import metrics
from server.cancelling import cancel_all
from server.circle import reminders
from server.circle.circle import Circle
from server.circle.reminders import Due, Reminder
from server.identity import Identity, is_circle_id
from server.mail.message import message
from server.mail.seals import Seals
from server.mail.smtp import Away, Outcome, Smtp, SmtpSession
from server.room.state import Role
from server.store.deadlines import REMINDER
from server.store.reminders import Replaced
from server.store.store import Store
from server.views.language import ENGLISH
from server.views.mails import reminder as mail_of

log = structlog.stdlib.get_logger(__name__)

CIRCLES_AT_ONCE = 8
"""Each has a connection to the mail server."""
CLAIM_MS = 5 * 60_000
"""How long a process has a circle to itself. Another one continues then."""
RETRY_MS = 30_000
BUSY_MS = 5_000
ENDS_WITHIN_S = 3.0
"""At a shutdown, for the mails that are being handed over."""


class _Mail(NamedTuple):
    seat: str
    due: Due


class Sending:
    def __init__(
        self,
        store: Store,
        identity: Identity,
        smtp: Smtp,
        public_url: str | None,
        retry_ms: int = RETRY_MS,
    ) -> None:
        self._circles = store.circles
        self._clock = store.clock
        self._deadlines = store.deadlines
        self._stored = store.reminders
        self._identity = identity
        self._seals = Seals(identity)
        self._smtp = smtp
        self._public_url = public_url
        self._retry_ms = retry_ms
        self._away_until = 0
        """Until then nobody tries to reach the mail server (epoch ms)."""
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_busy(self) -> bool:
        """Whether it looks at some circle now."""
        return bool(self._tasks)

    async def run(self, circle_id: str, at: str) -> None:
        """Starts a look at this circle, or puts it off; `at` is its deadline."""
        now = self._clock.now()
        if not is_circle_id(circle_id):
            await self._deadlines.replace(circle_id, at, None, REMINDER)
            return
        wait = BUSY_MS if len(self._tasks) >= CIRCLES_AT_ONCE else self._away_until - now
        if wait > 0:
            await self._deadlines.replace(circle_id, at, now + wait, REMINDER)
            return
        claimed = now + CLAIM_MS
        if await self._deadlines.replace(circle_id, at, claimed, REMINDER):
            task = asyncio.create_task(self._look(circle_id, claimed))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Waits a moment for the mails that are being handed over."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=ENDS_WITHIN_S)
            await cancel_all(late)

    async def _look(self, circle_id: str, claimed: int) -> None:
        """Sends what is due, and schedules the next look."""
        try:
            upcoming = await self._sent_all(circle_id)
        except (RedisError, OSError) as error:
            log.warning("reminders could not be sent", error=type(error).__name__)
            upcoming = self._clock.now() + self._retry_ms
        except Exception as error:  # A fault of one circle must not harm others.
            log.error("reminders could not be sent", exc_info=error)
            upcoming = self._clock.now() + reminders.LATE_MS
        try:
            await self._deadlines.replace(circle_id, claimed, upcoming, REMINDER)
        except (RedisError, OSError) as error:  # The claim ends by itself.
            log.warning("a deadline could not be put off", error=type(error).__name__)

    async def _sent_all(self, circle_id: str) -> int | None:
        """Sends what is due in this circle; returns the time of the next look."""
        circle = await self._circles.get(circle_id)
        if circle is None:
            await self._stored.erase_all(circle_id)
            return None
        held = await self._stored.everybody(circle_id)
        # A process of an earlier release erases a seat without its reminders.
        strangers = [seat for seat in held if circle.roles.get(seat, Role.GUEST) == Role.GUEST]
        if strangers:
            await self._stored.erase(circle_id, *strangers)
        held = {seat: one for seat, one in held.items() if seat not in strangers}
        now = self._clock.now()
        mails = [
            _Mail(s, due) for s, one in held.items() for due in reminders.due(circle, s, one, now)
        ]
        is_done = await self._send_each(circle, held, mails)
        # Read anew, for those who have asked or stopped meanwhile.
        held = await self._stored.everybody(circle_id)
        now = self._clock.now()
        upcoming = reminders.next_look(circle, held, now)
        if upcoming is None or is_done:
            return upcoming
        return min(upcoming, now + self._retry_ms)

    async def _send_each(
        self, circle: Circle, held: dict[str, Reminder], mails: list[_Mail]
    ) -> bool:
        """Sends these mails, or drops those that are late; False if some are to be tried again."""
        now = self._clock.now()
        in_time = []
        for mail in mails:
            if mail.due.until <= now:
                await self._drop(circle, held, mail)
            else:
                in_time.append(mail)
        if not in_time:
            return True
        is_done = True
        try:
            async with self._smtp.connected() as smtp:
                for mail in in_time:
                    is_done &= await self._send(smtp, circle, held, mail)
        except Away as away:
            metrics.MAIL_SERVER_AWAY.inc()
            log.warning("the mail server is away", error=str(away))
            self._away_until = self._clock.now() + self._retry_ms
            return False
        return is_done

    async def _drop(self, circle: Circle, held: dict[str, Reminder], mail: _Mail) -> None:
        if await self._noted(circle, held, mail):
            metrics.MAILS.labels("dropped").inc()

    async def _noted(self, circle: Circle, held: dict[str, Reminder], mail: _Mail) -> bool:
        """Notes that this mail is taken; False if somebody else was first, or it was stopped."""
        before = held[mail.seat]
        after = reminders.noted(before, mail.due, secrets.token_hex(4), self._clock.now())
        done = await self._stored.replace(circle.id, mail.seat, before, after)
        if done is Replaced.DONE:
            held[mail.seat] = after
        return done is Replaced.DONE

    async def _send(
        self, smtp: SmtpSession, circle: Circle, held: dict[str, Reminder], mail: _Mail
    ) -> bool:
        """Sends one mail; False if it is to be tried again."""
        seat, due = mail
        before = held.get(seat)
        if before is None:
            return True  # Erased by an earlier one.
        address = self._seals.address(circle.id, seat, before.sealed)
        if address is None or due.until <= self._clock.now():
            await self._drop(circle, held, mail)
            return True
        text = self._message(circle, seat, before, due, address)
        if not await self._noted(circle, held, mail):
            return False
        noted = held[seat]
        try:
            outcome = await smtp.send(address, text)
        except Away:
            await self._replace(circle, seat, held, before)
            raise
        metrics.MAILS.labels(outcome.value).inc()
        if outcome is Outcome.LATER:
            await self._replace(circle, seat, held, before)
        elif outcome is Outcome.REFUSED:
            await self._replace(circle, seat, held, reminders.refused(noted))
        elif outcome is Outcome.SENT and noted.refusals:
            await self._replace(circle, seat, held, reminders.accepted(noted))
        return outcome is not Outcome.LATER

    async def _replace(
        self, circle: Circle, seat: str, held: dict[str, Reminder], after: Reminder | None
    ) -> None:
        """Replaces the reminder of this seat, unless somebody else has; None erases it."""
        before = held.pop(seat)
        done = await self._stored.replace(circle.id, seat, before, after)
        if done is Replaced.DONE and after is not None:
            held[seat] = after

    def _message(self, circle: Circle, seat: str, held: Reminder, due: Due, address: str) -> bytes:
        base = self._public_url or held.base
        stop = f"{base}/reminders/stop/{self._identity.stop_token(circle.id, seat)}"
        mail = mail_of(ENGLISH, circle, due, base, stop)
        one = f"{circle.id} {seat} {due.key}"
        sender, now = self._smtp.sender, self._clock.now()
        return message(mail, ENGLISH, sender, address, now, stop=stop, id=one)
