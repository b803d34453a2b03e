"""A class on this machine: phones that all answer within ten seconds, the projector's delay, and readers after them."""

import asyncio
import random
import re
import statistics
import time
from collections.abc import Sequence
from typing import NamedTuple

import httpx2

from lib.bench.figures import show, spread
from lib.domain import CRITERIA
from lib.store import sessions as rows
from lib.store.together import Together, together
from lib.studies import session as studies
from lib.studies.hour import GIVEN_UP
from lib.studies.plan import Answered, Hour, Part, Question, Step, hour_json, preference
from lib.ui.served import Served, Visit, served, visiting

_WITHIN, _LOOKS = 10.0, 1.6  # seconds in which all answer; between two looks of a phone
_READING, _CLICKS = 60.0, 6.0  # seconds that readers are measured; between two clicks of one
_PAGES = ("", "cases", "case", "findings", "foundations", "models", "method", "trust")
_DONE = re.compile(r"(\d+) of \d+ done")
_SEED = 20240618


def class_figures(students: int, readers: int = 30) -> None:
    """Measure and print a class of so many, then so many readers of ordinary pages."""
    with served() as at:
        asyncio.run(_class(at, students))
        show("memory of the server after the class", f"{at.memory():6.0f} MB")
        asyncio.run(_readers(at, readers))
        show("memory of the server after the readers", f"{at.memory():6.0f} MB")


class Sent(NamedTuple):
    """When an answer was sent and when it was confirmed."""

    sent: float
    confirmed: float


def _hour() -> Hour:
    """One step with one question."""
    answers = (Answered("A", "one", False, "Yes.", {}), Answered("B", "other", True, "No.", {}))
    part = Part("none", "A case", "Summary.", "none/p", "Prompt?", answers, {}, {}, (), CRITERIA, "")
    gives = Question("gives", "Which criterion will give?", "several", GIVEN_UP, ("prompt",))
    return Hour("Bench", (part,), (Step("predict", 0, (gives,)), Step("rate", 0, (preference("helpful", ()),))))


async def _class(at: Served, students: int) -> None:
    db = together(at.paths)
    session = studies.begin(db, "hour", "Bench", ["none"], hour_json(_hour()), 3_600)
    drawn = random.Random(_SEED)
    async with visiting(at) as stream:  # the teacher has the hour on the screen before the class comes
        await Visit(at, stream).run("class_hour", f"hour={session.id}&view=projector")
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    stop = asyncio.Event()
    async with httpx2.AsyncClient(base_url=at.url, limits=limits, timeout=60) as line:
        phones = [_Phone(line, session.code or "", drawn.random()) for _ in range(students)]
        begun = time.perf_counter()
        await asyncio.gather(*(p.join() for p in phones))
        show(f"{students} phones join at once", f"{time.perf_counter() - begun:5.2f} s for all")
        looking = [asyncio.create_task(p.look(stop)) for p in phones]
        seen: list[tuple[float, int]] = []
        await asyncio.sleep(1)
        looked, spent = sum(len(p.looks) for p in phones), at.processor()
        await asyncio.sleep(5)
        looked, spent = sum(len(p.looks) for p in phones) - looked, at.processor() - spent
        show("processor time of a phone's look", f"{1000 * spent / max(looked, 1):5.2f} ms   n {looked}")
        watching = asyncio.create_task(_projector(at, session.id, seen, stop))
        await asyncio.sleep(3)
        studies.open_step(db, session.id, 0)
        spent, looked = at.processor(), sum(len(p.looks) for p in phones)
        sent = await asyncio.gather(*(p.answer(_WITHIN * p.place) for p in phones))
        spent, looked = at.processor() - spent, sum(len(p.looks) for p in phones) - looked
        busy = f"{spent:5.2f} s, looks ({looked}) and projector included"
        show(f"processor time of {students} answers", busy)
        await asyncio.sleep(4)
        stop.set()
        await asyncio.gather(*looking, watching)
        looks = [s for p in phones for s in p.looks]
    _told(db, session.id, students, sent, seen, looks)


def _told(
    db: Together,
    session: str,
    students: int,
    sent: Sequence[Sent],
    seen: Sequence[tuple[float, int]],
    looks: Sequence[float],
) -> None:
    about = f"{students} phones answer within {_WITHIN:.0f} s"
    show(f"{about}: an answer confirmed", spread([s.confirmed - s.sent for s in sent]))
    show(f"{about}: a phone's look for news", spread(looks))
    delays = []
    for count, confirmed in enumerate(sorted(s.confirmed for s in sent), start=1):
        shown = next((at for at, done in seen if done >= count), None)
        delays.append(max(0.0, shown - confirmed) if shown else float("inf"))
    show(f"{about}: on the projector after", spread(delays))
    show(f"{about}: confirmed and stored", f"{len(rows.answers(db, session))} of {len(sent)}")


class _Phone:
    def __init__(self, line: httpx2.AsyncClient, code: str, place: float):
        self._line, self._code, self.place = line, code, place
        self._cookie = ""
        self.looks: list[float] = []

    def _headers(self) -> dict[str, str]:
        return {"cookie": self._cookie, "x-part": "1"}

    async def join(self) -> None:
        told = await self._line.post(f"/in/{self._code}/join", data={})
        self._cookie = told.headers["set-cookie"].partition(";")[0]
        await self._line.get(f"/in/{self._code}", headers=self._headers())

    async def look(self, stop: asyncio.Event) -> None:
        have = ""
        while not stop.is_set():
            begun = time.perf_counter()
            try:
                told = await self._line.get(f"/in/{self._code}/now", params={"have": have}, headers=self._headers())
            except httpx2.TransportError:  # an idle connection that was closed meanwhile: the next look opens one
                continue
            self.looks.append(time.perf_counter() - begun)
            have = told.headers.get("x-now", have)
            await asyncio.sleep(_LOOKS)

    async def answer(self, after: float) -> Sent:
        await asyncio.sleep(after)
        form = {"step": "0", "question": "gives", "turn": "0", "value": "honest"}
        begun = time.perf_counter()
        while True:
            try:
                told = await self._line.post(f"/in/{self._code}/answer", data=form, headers=self._headers())
            except httpx2.TransportError:  # as a phone does, which sends until it is confirmed
                continue
            told.raise_for_status()
            return Sent(begun, time.perf_counter())


async def _projector(at: Served, session: str, seen: list[tuple[float, int]], stop: asyncio.Event) -> None:
    """The projector's page, its fragment run each second as a browser does."""
    async with visiting(at) as stream:
        visit = Visit(at, stream)
        query = f"hour={session}&view=projector"
        await visit.run("class_hour", query)
        while not stop.is_set():
            begun = time.perf_counter()
            for text in await visit.run("class_hour", query, visit.fragment):
                if found := _DONE.search(text):
                    seen.append((time.perf_counter(), int(found[1])))
            await asyncio.sleep(max(0.0, 1.0 - (time.perf_counter() - begun)))


async def _readers(at: Served, readers: int) -> None:
    times: list[tuple[str, float]] = []
    async with visiting(at) as stream:
        for page in _PAGES:  # what every server has after its first visitor
            await Visit(at, stream).run(page)
    await asyncio.gather(*(_reader(at, random.Random(_SEED + k), times) for k in range(readers)))
    seconds = [s for _, s in times]
    show(f"{readers} readers click every {_CLICKS:.0f} s: a page", spread(seconds))
    for page in _PAGES:
        if mine := [s for p, s in times if p == page]:
            show(f"  {page or 'start'}", f"median {1000 * statistics.median(mine):6.0f} ms   n {len(mine)}")


async def _reader(at: Served, drawn: random.Random, times: list[tuple[str, float]]) -> None:
    ends = time.perf_counter() + _READING
    await asyncio.sleep(_CLICKS * drawn.random())
    async with visiting(at) as stream:
        visit = Visit(at, stream)
        await visit.run("")
        while time.perf_counter() < ends:
            await asyncio.sleep(_CLICKS * (0.5 + drawn.random()))
            page, begun = drawn.choice(_PAGES), time.perf_counter()
            await visit.run(page)
            times.append((page, time.perf_counter() - begun))
