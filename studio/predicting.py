"""Pictures predicted in the background by the chosen model: one at a time, the next being read."""

import logging
import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from imaging.raw_picture import RawPicture
from jobs.messages import one_line
from stages.predict.decoded_raw import DecodedRaw
from studio.background import background, join
from studio.kept_predictions import KeptPrediction
from studio.pictures import WAITING, Picture
from studio.session import Session

log = logging.getLogger(__name__)

JOB = "predict"


class _Read(NamedTuple):
    decoded: DecodedRaw
    height: int
    width: int


def predict_now(session: Session, model: str, picture: Picture) -> KeptPrediction:
    """A model's edit of a picture: the kept one, else predicted now.

    Raises:
        InputError: the picture, or the model, cannot be read.
    """
    kept = session.predictions.read(model, picture)
    if kept is not None:
        return kept
    process = session.models.predictor(model).process
    return _predict(session, model, picture, _read(picture, process))


def _read(picture: Picture, process: int) -> _Read:
    with RawPicture(picture.checked_path()) as raw:
        decoded = DecodedRaw(raw.proxy(process), raw.shot, raw.metadata)
        return _Read(decoded, *raw.size)


def _predict(session: Session, model: str, picture: Picture, read: _Read) -> KeptPrediction:
    decoded = read.decoded
    predictor = session.models.predictor(model)
    session.decoding.note_shot(picture, decoded.shot)
    session.decoding.keep_small(picture, decoded.proxy, predictor.process)
    found = predictor.predict_from(picture.path, decoded.proxy, decoded.shot, decoded.metadata)
    kept = KeptPrediction(found.record, read.width, read.height)
    session.take_prediction(picture, model, kept)
    return kept


class Predicting:
    """The thread that predicts, and what it still has to do.

    after: is waited for before the first, so that the grid's first screen is there.
    """

    def __init__(self, session: Session, after: threading.Event) -> None:
        self._session, self._after = session, after
        self._lock = threading.Condition()
        self._todo: deque[str] = deque()
        self._done = self._total = 0
        self._thread = background("predict", self._work)

    def start(self) -> None:
        """Begin with what has no prediction yet."""
        self.add()
        self._thread.start()

    def add(self, names: Iterable[str] | None = None) -> None:
        """Predict these pictures next, then all that wait."""
        session = self._session
        with session.lock:
            waiting = [p.id for p in session.pictures.values() if p.status == WAITING]
        asked = list(dict.fromkeys((*(names or ()), *waiting)))
        with self._lock:
            if not self._todo:
                self._done = self._total = 0
            rest = [name for name in self._todo if name not in set(asked)]
            self._todo = deque((*asked, *rest))
            self._total = self._done + len(self._todo)
            self._lock.notify()

    def cancel(self) -> None:
        """Predict nothing more but the picture that is being predicted."""
        with self._lock:
            self._todo.clear()
            self._total = self._done

    def close(self) -> None:
        """End the thread, when it is done with the picture it is at."""
        self.cancel()
        with self._lock:
            self._lock.notify()
        join(self._thread)

    def _next(self) -> Picture | None:
        """The next picture, waited for; None: the session is closing."""
        with self._lock:
            while not self._todo:
                if self._session.closing.is_set():
                    return None
                self._lock.wait(0.5)
            return self._session.pictures[self._todo.popleft()]

    def _peek(self) -> Picture | None:
        with self._lock:
            return self._session.pictures[self._todo[0]] if self._todo else None

    def _work(self) -> None:
        while not self._session.closing.is_set() and not self._after.wait(0.5):
            pass
        with ThreadPoolExecutor(1, "read") as pool:
            ahead: tuple[str, int, Future[_Read]] | None = None
            while (picture := self._next()) is not None:
                self._session.attention.wait(self._session.closing)
                model = self._session.current_model
                try:
                    process = self._session.models.predictor(model).process
                    if ahead is not None and ahead[:2] == (picture.id, process):
                        reading = ahead[2]
                    else:
                        reading = pool.submit(_read, picture, process)
                    following = self._peek()
                    if following is not None:
                        ahead = following.id, process, pool.submit(_read, following, process)
                    read = reading.result()
                    _predict(self._session, model, picture, read)
                    del read, reading
                except Exception as error:  # one picture's, the others go on
                    self._failed(picture, error)
                self._tell(picture)

    def _failed(self, picture: Picture, error: Exception) -> None:
        if self._session.closing.is_set():
            return
        text = one_line(error)
        log.debug("%s: %s", picture.path, text)
        self._session.take_failure(picture, text)

    def _tell(self, picture: Picture) -> None:
        with self._lock:
            self._done += 1
            done, total = self._done, max(self._total, self._done)
        self._session.tell(
            {
                "kind": "progress",
                "what": JOB,
                "done": done,
                "total": total,
                "text": picture.name,
                "job": JOB,
            }
        )
