"""What is found out of pictures in the background: first thumbnails and facts, then comparisons."""

import logging
import threading

from imaging.raw_picture import RawPicture
from jobs.messages import one_line
from studio.background import background, join
from studio.facts import read_facts
from studio.neighbours import distances, neighbours
from studio.pictures import PREDICTED, Picture
from studio.session import Session

log = logging.getLogger(__name__)

_AT_ONCE = 16  # pictures told of together


class Looking:
    """Reads all pictures' thumbnails and facts in the grid's order, in a thread of its own.

    first: set when the grid's first screen has been read.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.first = threading.Event()
        self.all = threading.Event()
        self._thread = background("look", self._work)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End the thread, when it is done with the picture it is at."""
        join(self._thread)

    def _work(self) -> None:
        session, seen = self._session, list[Picture]()
        for number, picture in enumerate(list(session.pictures.values()), 1):
            if session.closing.is_set():
                return
            try:
                with RawPicture(picture.checked_path(), log.debug) as raw:
                    session.thumbs.of_camera(picture, raw)
                    session.take_facts(picture, read_facts(raw))
            except Exception as error:  # told when it is predicted
                log.debug("%s: %s", picture.path, one_line(error))
            seen.append(picture)
            if len(seen) == _AT_ONCE:
                session.show(seen)
                seen = []
            if number == 2 * _AT_ONCE:
                self.first.set()
        session.show(seen)
        session.regroup()
        self.first.set()
        self.all.set()


class Comparing:
    """How large edits are, and how far from their neighbours': found anew for what was edited."""

    def __init__(self, session: Session, after: threading.Event) -> None:
        self._session, self._after = session, after
        self._wake = threading.Condition()
        self._todo: dict[str, None] = {}
        self._thread = background("compare", self._work)

    def start(self) -> None:
        """Begin, when all dates are known."""
        self._thread.start()

    def add(self, picture: Picture) -> None:
        """A picture has another edit."""
        with self._wake:
            self._todo[picture.id] = None
            self._wake.notify()

    def close(self) -> None:
        """End the thread, when it is done with the picture it is at."""
        with self._wake:
            self._wake.notify()
        join(self._thread)

    def _work(self) -> None:
        closing = self._session.closing
        while not closing.is_set() and not self._after.wait(0.5):
            pass
        while not closing.is_set():
            with self._wake:
                if not self._todo:
                    self._wake.wait(0.5)
                names, self._todo = list(self._todo), {}
            if names:
                self._compare(names)

    def _compare(self, names: list[str]) -> None:
        session = self._session
        with session.lock:
            near = neighbours(list(session.pictures.values()))
        # Those that an edit is compared with differ otherwise, too.
        others = [p.id for name in names for p in near.get(name, ()) if p.id not in names]
        for name in dict.fromkeys((*names, *others)):
            session.attention.wait(session.closing)
            if session.closing.is_set():
                return
            try:
                self._compare_one(session.pictures[name], near[name])
            except Exception as error:  # the picture's: it has no figures then
                log.debug("%s: not compared: %s", name, one_line(error))

    def _compare_one(self, picture: Picture, near: list[Picture]) -> None:
        session = self._session
        with session.lock:
            if picture.status != PREDICTED and picture.state.edit is None:
                return
            record, version = picture.edit, picture.version
            edits = [p.edit for p in near if p.status == PREDICTED]
        small = session.decoding.small(picture, record)
        found = distances(small, record, edits)
        with session.lock:
            known = picture.size_of_edit, picture.differs
            if picture.version == version and found != known:
                picture.size_of_edit, picture.differs = found
                session.show([picture])
