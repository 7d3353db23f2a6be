"""The time zones to choose from, as the options of a select."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from markupsafe import Markup

from server.circle.circle import TIME_ZONES, UTC


@lru_cache(maxsize=len(TIME_ZONES) + 1)
def zone_options(chosen: str) -> Markup:
    """All zones by region and place, so that a browser finds one by the letters of its city."""
    return Markup("").join(_lines(chosen))


def _lines(chosen: str) -> Iterator[Markup]:
    def option(zone: str, words: str) -> Markup:
        selected = Markup(" selected") if zone == chosen else ""
        return Markup('<option value="{}"{}>{}</option>').format(zone, selected, words)

    yield option(UTC, UTC)
    for region, zones in groupby(sorted(TIME_ZONES - {UTC}), lambda zone: zone.split("/")[0]):
        yield Markup('<optgroup label="{}">').format(region)
        for zone in zones:
            yield option(zone, zone.partition("/")[2].replace("_", " "))
        yield Markup("</optgroup>")
