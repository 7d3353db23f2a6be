"""Identity from cookies and invitations, without a server."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from starlette.requests import HTTPConnection

from server.circle.circle import INVITED_ROLES, Circle
from server.identity import (
    COOKIE_SECONDS,
    FORMER_LETTERS,
    PROOF_LETTERS,
    SCHEMA,
    Identity,
    Person,
    circle_of,
    cookie_name,
    invitation_in,
    is_whole,
    new_attempt,
    token_in,
)
from server.room.state import Role

KEY = "only-these-tests-sign-with-this"
ANN = Person("circle", "ann", "Ann")


def signed(seconds_ago: int) -> HTTPConnection:
    """A request with Ann's cookie, signed by a machine with this clock offset."""

    class Clock(TimestampSigner):
        def get_timestamp(self) -> int:
            return super().get_timestamp() - seconds_ago

    cookie = URLSafeTimedSerializer(KEY, salt="seat", signer=Clock).dumps(["ann", "Ann", "circle"])
    header = f"{cookie_name('circle')}={cookie!s}".encode()
    return HTTPConnection({"type": "http", "headers": [(b"cookie", header)]})


@pytest.mark.parametrize("seconds_ago", [-30, 0, COOKIE_SECONDS - 30])
def test_a_cookie_is_good_whichever_machine_has_signed_it(seconds_ago: int) -> None:
    """The other clock may be ahead, and the next request may arrive here within the second."""
    assert Identity(KEY).person(signed(seconds_ago), "circle") == ANN


def test_a_cookie_of_a_newer_schema_is_not_read() -> None:
    """Its fourth item is the schema; the first one is written without."""
    signer = URLSafeTimedSerializer(KEY, salt="seat")
    for schema, person in ((SCHEMA, ANN), (SCHEMA + 1, None)):
        value = signer.dumps(["ann", "Ann", "circle", schema, "more"])
        assert Identity(KEY).person(sent(**{PLANTED: value}), "circle") == person
    content = signer.loads(Identity(KEY).cookie(ANN))
    assert content == ["ann", "Ann", "circle"], "the release before reads no other"


def test_a_cookie_that_is_too_old_is_none() -> None:
    """The limit is 120 days after the last visit, for the cookies of every release."""
    assert COOKIE_SECONDS == 120 * 24 * 3600
    assert Identity(KEY).person(signed(COOKIE_SECONDS + 30), "circle") is None


def sent(**cookies: str) -> HTTPConnection:
    """A request with cookies of these names."""
    header = "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()
    return HTTPConnection({"type": "http", "headers": [(b"cookie", header)]})


MINE, PLANTED = cookie_name("circle", secure=True), cookie_name("circle")
EVE = Person("circle", "eve", "Eve")


def test_behind_tls_a_planted_cookie_does_not_say_who_somebody_is() -> None:
    """A sibling domain can set any cookie without a prefix, and Eve has one of her own."""
    identity = Identity(KEY)
    hers, mine = (identity.cookie(person, secure=True) for person in (EVE, ANN))
    assert identity.person(sent(**{PLANTED: hers}), "circle") is None
    assert identity.person(sent(**{MINE: mine, PLANTED: hers}), "circle") == ANN
    former = identity.cookie(EVE)
    assert identity.person(sent(**{MINE: mine, PLANTED: former}), "circle") == ANN
    assert identity.person(sent(**{MINE: former}), "circle") is None


def raw(header: bytes) -> HTTPConnection:
    """A request with this exact header."""
    return HTTPConnection({"type": "http", "headers": [(b"cookie", header)]})


@pytest.mark.parametrize("byte", [b"\xa0", b"\x85", b"\x1c", b"\x0b", b"\xc2\xa0"])
def test_a_name_that_has_the_prefix_only_without_its_first_byte_has_none(byte: bytes) -> None:
    """Browsers see no prefix in such a name, so a sibling domain can set it."""
    identity = Identity(KEY)
    hers, mine = (identity.cookie(person, secure=True).encode() for person in (EVE, ANN))
    name = MINE.encode()
    planted = byte + name + b"=" + hers
    assert identity.person(raw(planted), "circle") is None
    assert identity.person(raw(name + byte + b"=" + hers), "circle") is None
    for header in (name + b"=" + mine + b"; " + planted, planted + b";\t" + name + b" = " + mine):
        assert identity.person(raw(header), "circle") == ANN


def several(name: str, *values: str) -> HTTPConnection:
    """A request with several cookies of one name, in this order."""
    return raw("; ".join(f"{name}={value}" for value in values).encode())


@pytest.mark.parametrize("name", [MINE, PLANTED])
def test_good_cookies_of_two_people_under_one_name_say_nobody(name: str) -> None:
    """A browser has one cookie of ours by each name, so the right one cannot be known."""
    identity = Identity(KEY)
    hers, mine = (identity.cookie(person, secure=name == MINE) for person in (EVE, ANN))
    for one, other in ((mine, hers), (hers, mine)):
        assert identity.person(several(name, one, other), "circle") is None


@pytest.mark.parametrize("name", [MINE, PLANTED])
def test_a_planted_cookie_beside_a_good_one_shuts_nobody_out(name: str) -> None:
    """The order does not matter; it may be another circle's, of the other kind, or expired."""
    identity, secure = Identity(KEY), name == MINE
    mine = identity.cookie(ANN, secure=secure)
    elsewhere = identity.cookie(Person("another", "eve", "Eve"), secure=secure)
    old = identity.cookie(EVE, secure=not secure)
    for planted in ("", "x", f"{mine}x", "\xff", elsewhere, old, mine):
        for values in ((planted, mine), (mine, planted), (planted, mine, planted)):
            assert identity.person(several(name, *values), "circle") == ANN
    assert identity.person(several(name, "x", "y"), "circle") is None
    assert identity.person(several(name, *["x"] * 500, mine), "circle") == ANN


def test_a_cookie_is_recent_by_what_is_good_in_it() -> None:
    """A planted cookie neither prevents its renewal nor causes one on every page."""
    identity = Identity(KEY)
    recent, elsewhere = identity.cookie(ANN), identity.cookie(Person("another", "eve", "Eve"))
    old = signed(2 * 24 * 3600).headers["cookie"].partition("=")[2]
    for planted in ("x", elsewhere):
        for mine, is_recent in ((recent, True), (old, False)):
            for values in ((mine, planted), (planted, mine)):
                request = several(PLANTED, *values)
                assert identity.is_recent(request, "circle", PLANTED) == is_recent


def test_a_cookie_from_before_is_read_behind_tls() -> None:
    """This also holds beside an expired one of the new name."""
    identity = Identity(KEY)
    former = identity.cookie(ANN)
    assert identity.person(sent(**{PLANTED: former}), "circle") == ANN
    assert identity.person(sent(**{MINE: "old", PLANTED: former}), "circle") == ANN


CIRCLE = Circle("abcdefghij234567", "Tuesday", "classic-60", "UTC", links=3)
TOKEN = Identity(KEY).token(CIRCLE.id, Role.MEMBER, CIRCLE.links)


def former_token(circle: Circle, role: Role) -> str:
    """A token in the earlier form, which had other characters than letters and digits."""
    text = f"invite|{circle.id}|{role}|{circle.links}".encode()
    mac = hmac.digest(KEY.encode(), text, hashlib.sha256)
    return f"{circle.id}.{base64.urlsafe_b64encode(mac[:24]).decode()}"


def test_a_token_is_of_letters_and_digits() -> None:
    """Link detection strips apparent punctuation at the ends of a link."""
    for number in range(200):
        circle_id, _, proof = Identity(KEY).token(f"circle{number}", Role.MEMBER, 0).partition(".")
        assert (circle_id, len(proof)) == (f"circle{number}", 39)
        assert proof.isalnum()
        assert proof == proof.lower()


@pytest.mark.parametrize(
    "arrived",
    [
        TOKEN,
        *(
            f"{TOKEN}{end}"
            for end in (".", ")", ">", '"', "’", " ", "\u200b", "\ufeff.", ">,", "%20")
        ),
        *(f"{start}{TOKEN}" for start in ("#", "<", "“", " ", "\u200b")),
        f"https://circle.example/join#{TOKEN}",
        f"  <https://circle.example/join%23{TOKEN}>.",
        f"https://circle.example/join%2523{TOKEN}",
        f"Please come: https://circle.example/join#{TOKEN} See you there!",
        f"https://circle.example/join?from=mail#{TOKEN}?from=mail",
        quote(quote(f"{TOKEN}\u200b")),
    ],
)
def test_a_token_is_found_in_what_arrives_of_its_link(arrived: str) -> None:
    """The link may be encoded once or twice, surrounded by text, whole, or only the token."""
    assert token_in(arrived) == TOKEN
    assert invitation_in(arrived) == TOKEN


@pytest.mark.parametrize("sign", ["#", "%23", "%2523"])
@pytest.mark.parametrize(
    "pasted",
    [
        "{} (room #4)",
        "{}.See#you",
        "{}%",
        "#1: {} #2",
        "Circle #3 by 100%{}",
        "Please come:{}\nThe other one was https://circle.example/join#",
    ],
)
def test_an_invitation_is_found_wherever_it_stands(sign: str, pasted: str) -> None:
    """Not only at the end."""
    for link in (TOKEN, f"https://circle.example/join{sign}{TOKEN}"):
        assert invitation_in(pasted.format(link)) == TOKEN
    former = former_token(CIRCLE, Role.MEMBER).rstrip("-_")
    assert len(former.partition(".")[2]) == 32
    assert invitation_in(pasted.format(f"https://circle.example/join{sign}{former}")) == former


@pytest.mark.parametrize("stuck", ["See you", "seeyou", "a", "A", "0"])
def test_a_token_with_a_letter_more_is_another_one(stuck: str) -> None:
    """It is whole, and so may be a renewed one. Only a page takes letters away."""
    assert invitation_in(f"{TOKEN}{stuck}").startswith(TOKEN)
    assert invitation_in(f"{TOKEN}{stuck}") != TOKEN
    assert is_whole(invitation_in(f"{TOKEN}{stuck}"))


ENDS_IT = st.text(max_size=30).filter(lambda text: not re.match("[0-9A-Za-z]", text))


@given(st.text(max_size=30), ENDS_IT)
def test_an_invitation_is_found_in_any_text(before: str, after: str) -> None:
    """With any text before it, and any behind it that begins with no letter."""
    assert invitation_in(f"{before}{TOKEN}{after}") == TOKEN
    assert is_whole(invitation_in(f"{before}{TOKEN}{after}"))


@pytest.mark.parametrize("text", ["", "#", "...", "\u200b", "https://circle.example/join#"])
def test_where_no_token_is_none_is_found(text: str) -> None:
    """An address without a token is included."""
    assert token_in(text) == ""
    assert invitation_in(text) == ""


def test_links_that_were_sent_in_the_former_form_are_good() -> None:
    """Their last characters may be missing; other serial numbers stay invalid."""
    identity, ends = Identity(KEY), set()
    for number in range(400):
        letters = f"{number:010}".translate(str.maketrans("0123456789", "abcdefghij"))
        circle = Circle(f"circle{letters}", "Tuesday", "classic-60", "UTC")
        for role in INVITED_ROLES:
            token = former_token(circle, role)
            ends.add(token[-1])
            for arrived in (token, token.rstrip("-_")):
                assert identity.invited_role(invitation_in(arrived), circle) is role
            assert is_whole(invitation_in(token))
            assert identity.invited_role(invitation_in(token)[:-1], circle) is None
    assert {"-", "_"} <= ends
    old = former_token(CIRCLE, Role.MEMBER)
    newer = Circle(CIRCLE.id, "Tuesday", "classic-60", "UTC", links=4)
    assert identity.invited_role(invitation_in(old), newer) is None


def test_what_is_cut_is_told_from_what_is_renewed() -> None:
    """The length alone decides, and reveals nothing about any token."""
    assert is_whole(TOKEN)
    assert is_whole(Identity(KEY[::-1]).token(CIRCLE.id, Role.MEMBER, 0))
    for length in range(len(TOKEN)):
        assert not is_whole(invitation_in(TOKEN[:length]))
        assert not is_whole(
            invitation_in(f"https://circle.example/join#{TOKEN[:length]} (room #4)")
        )
    for missing in range(1, PROOF_LETTERS - FORMER_LETTERS[0] + 1):
        assert not is_whole(invitation_in(f"{TOKEN[:-missing]}See you"))


SERIALS = {"fay": 0, "ann": 2}


def test_the_secret_of_a_feed_opens_it_for_its_own_seat() -> None:
    """It is of letters and digits beside the circle's id, and names no seat."""
    identity = Identity(KEY)
    for seat, serial in SERIALS.items():
        secret = identity.feed_secret(CIRCLE.id, seat, serial)
        assert identity.feed_reader(secret, circle_of(secret), SERIALS) == seat
        assert token_in(secret) == secret
        assert is_whole(secret)
        assert seat not in secret


def test_any_other_secret_opens_no_feed() -> None:
    """Neither one that was renewed, nor of another seat, circle or key, nor one that is changed."""
    identity = Identity(KEY)
    secret = identity.feed_secret(CIRCLE.id, "ann", 2)
    changed = [f"{secret[:at]}{'z' * (secret[at] != 'z')}{secret[at + 1 :]}" for at in range(56)]
    others = [
        *(identity.feed_secret(CIRCLE.id, "ann", serial) for serial in (0, 1, 3)),
        identity.feed_secret(CIRCLE.id, "dan", 0),
        identity.feed_secret("zzzzzzzzzzzzzzzz", "ann", 2),
        Identity(KEY[::-1]).feed_secret(CIRCLE.id, "ann", 2),
        *("", "é", f"{secret} ", secret.upper(), secret * 9999),
    ]
    for other in (*changed, *others):
        assert identity.feed_reader(other, CIRCLE.id, SERIALS) is None
    assert identity.feed_reader(secret, CIRCLE.id, {}) is None


def test_an_invitation_opens_no_feed_and_a_feed_invites_nobody() -> None:
    """The two look alike; also where a seat has the name of a role."""
    identity = Identity(KEY)
    seats = {str(role): CIRCLE.serial(role) for role in INVITED_ROLES}
    for role in INVITED_ROLES:
        token = identity.token(CIRCLE.id, role, CIRCLE.serial(role))
        assert identity.feed_reader(token, CIRCLE.id, seats) is None
        secret = identity.feed_secret(CIRCLE.id, str(role), CIRCLE.serial(role))
        assert identity.invited_role(secret, CIRCLE) is None


def test_a_form_that_is_sent_twice_names_the_same_circle_and_seat() -> None:
    """Another form, another key, and other input give another circle and seat."""
    one, other = new_attempt(), new_attempt()
    made, foreign = Identity(KEY), Identity(KEY[::-1])
    assert made.circle_id(one, "a", "b") == made.circle_id(one, "a", "b")
    assert made.seat_id(one, "circle") == made.seat_id(one, "circle")
    ids = {made.circle_id(one, "a", "b"), made.circle_id(one, "ab", ""), made.circle_id(one, "ab")}
    ids |= {made.circle_id(other, "a", "b"), foreign.circle_id(one, "a", "b")}
    assert {len(name) for name in ids} == {16}
    assert len(ids) == 5
    seats = {made.seat_id(one, "circle"), made.seat_id(one, "other"), made.seat_id(other, "circle")}
    assert len({*seats, foreign.seat_id(one, "circle")}) == 4
