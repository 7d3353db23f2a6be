"""Who has presented how long ago: a part of the circle's page, for facilitators."""

from server.pages.site import Facts, Visit
from server.views.presenter_words import known_names, presented


async def facts(visit: Visit) -> Facts:
    if not visit.leads:
        return {"presenters": []}
    circle = visit.circle
    names = known_names(circle, await visit.site.store.rooms.load(circle.id))
    return {"presenters": presented(visit.language, circle, names, visit.now)}
