"""The room's page, compressed: whole again, and no length that tells of a token."""

from __future__ import annotations

import gzip
import random
import string

from hypothesis import given
from hypothesis import strategies as st

from server.pages.compression import gzipped

TOKEN = "".join(random.Random(5).choices(string.ascii_letters + string.digits, k=32))
LINK = f'<input value="https://circle.example/join#{TOKEN}">'
PAGE = "<p>{name}</p>" * 3 + LINK + "<br>" * 40


@given(st.text(), st.lists(st.text(min_size=1, max_size=5), max_size=3))
def test_what_was_compressed_is_whole_again(html: str, secrets: list[str]) -> None:
    """Whatever stands in it, and wherever the secrets are."""
    assert gzip.decompress(gzipped(html, secrets)) == html.encode()


def test_a_name_that_repeats_the_token_makes_the_page_no_shorter() -> None:
    """As it would without this: the same letters, right and in another order."""
    right = TOKEN[:20]
    wrong = right
    chance = random.Random(7)
    while any(wrong[n : n + 3] in TOKEN for n in range(18)):
        wrong = "".join(chance.sample(right, len(right)))
    pages = [PAGE.format(name=name) for name in (right, wrong)]
    with_it, without = (len(gzipped(page, [TOKEN])) for page in pages)
    assert with_it == without
    naive_with_it, naive_without = (len(gzip.compress(page.encode())) for page in pages)
    assert naive_with_it < naive_without
