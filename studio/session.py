"""The studio's session: pictures, edits, models; what the page asks for and is told.

One lock guards pictures and history. Slow work, decoding and rendering, is done outside of it.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Self

from params.files import InputError, sweep
from params.look_library import LookLibrary, usual_folders
from params.record import Record
from studio.attention import Attention
from studio.decoding import Decoding
from studio.facts import Facts
from studio.find_pictures import find_pictures
from studio.folder_lock import hold
from studio.history import History
from studio.journal import Journal
from studio.kept_predictions import KeptPrediction, KeptPredictions
from studio.listeners import Event, Listener, Listeners
from studio.models import Models
from studio.neighbours import bursts
from studio.pictures import FAILED, PREDICTED, WAITING, Picture, State, edit_digest
from studio.rendering import Turns
from studio.settings import StudioSettings
from studio.thumbs import Thumbs
from studio.white import White
from studio.wire import Changes, changed, same_edit

log = logging.getLogger(__name__)

JOURNAL = "journal.jsonl"


class UnknownError(InputError):
    """There is no such picture, model or job."""


class Session:
    """All that one studio holds. close() lets go of its folder.

    Args:
        settings: what was asked for.

    Raises:
        InputError: no pictures, a model that cannot be read, or another studio has the folder.
    """

    def __init__(self, settings: StudioSettings) -> None:
        self.settings = settings
        self.lock = threading.RLock()
        self.closing = threading.Event()
        self.revision = 0
        self._listeners = Listeners()
        self.said: set[str] = set()  # lines that are told once
        self.looked_at = ""
        # Called with a picture whose edit is another one, under the lock.
        self.on_edited: Callable[[Picture], None] = lambda picture: None
        self.pictures = {picture.id: picture for picture in self._found()}
        self._held = contextlib.ExitStack()
        folder = settings.folder
        self._held.enter_context(hold(folder))
        try:
            sweep(folder)
            self.looks = LookLibrary([*settings.profiles, *usual_folders()])
            self.models = Models(settings, self.looks)
            self.history = History(Journal(folder / JOURNAL))
            self.predictions = KeptPredictions(folder / "predicted")
            self.attention = Attention()
            self.decoding = Decoding(folder / "small", self.attention)
            self.thumbs = Thumbs(folder / "thumbs", self.decoding)
            self.turns = Turns()
            self.current_model = self._first_model()
            for picture in self.pictures.values():
                picture.state = self.history.states.get(picture.id, State())
                self._take_kept(picture)
        except BaseException:
            self._held.close()
            raise

    def _found(self) -> list[Picture]:
        return find_pictures(self.settings.inputs, self.settings.recursive)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Tell all listeners and threads to end, and let go of the folder."""
        self.closing.set()
        self.tell({"kind": "closing"})
        self.decoding.close()
        with self.lock:
            self.history.close()
        self._held.close()

    # What there is.

    def list_json(self) -> dict[str, Any]:
        """All pictures for the grid."""
        with self.lock:
            shown = [picture.to_json() for picture in self.pictures.values()]
            return {"revision": self.revision, "pictures": shown}

    def picture(self, name: str) -> Picture:
        """A picture by its id. Raises UnknownError."""
        try:
            return self.pictures[name]
        except (KeyError, TypeError) as error:
            raise UnknownError("no such picture") from error

    def white(self, picture: Picture) -> White:
        """Its white balance as shot; read from the file where it isn't known yet.

        What can't be read is told with the picture; its kelvin is relative to 6500 then.
        """
        record = picture.edit
        if picture.as_shot is None or record.process == 1:
            try:
                shot = self.decoding.shot(picture)
            except InputError as error:
                log.debug("%s", error)
                return White(picture.as_shot)
            with self.lock:
                picture.as_shot = shot.as_shot()
            return White(picture.as_shot, shot)
        return White(picture.as_shot)

    @property
    def process(self) -> int:
        """The edit process whose panels are shown: that of the predictions."""
        with self.lock:
            known = (p.predicted.process for p in self.pictures.values() if p.predicted)
            return next(known, 2)

    # What the photographer does.

    def edit(self, names: Iterable[str], changes: Changes, what: str = "edit") -> Event:
        """Change edits, as one step. Raises InputError."""
        pictures = [self.picture(name) for name in names]
        whites = {picture.id: self.white(picture) for picture in pictures}
        with self.lock:
            records = {
                p.id: changed(p.edit, changes, p.predicted or p.edit, whites[p.id])
                for p in pictures
            }
            return self.set_edits(records, what)

    def set_edits(self, records: Mapping[str, Record], what: str) -> Event:
        """New edits of pictures, as one step; one that is as predicted is no correction."""
        with self.lock:
            states = {}
            for name, record in records.items():
                picture = self.picture(name)
                as_predicted = picture.predicted is not None and same_edit(
                    record, picture.predicted
                )
                states[name] = replace(picture.state, edit=None if as_predicted else record)
            return self.set_states(states, what)

    def set_states(self, states: Mapping[str, State], what: str, *, undoable: bool = True) -> Event:
        """New states of pictures, written to the journal, then told to all pages."""
        with self.lock:
            self.history.change(states, what, undoable=undoable)
            return self._follow(states, what)

    def undo(self) -> Event:
        """Undo the last step. Raises InputError where there is none."""
        with self.lock:
            step = self.history.undo(self.pictures)
            if step is None:
                raise InputError("nothing to undo")
            return self._follow(step.pictures, f"undone: {step.what}")

    def redo(self) -> Event:
        """Do again what was undone. Raises InputError where there is nothing."""
        with self.lock:
            step = self.history.redo(self.pictures)
            if step is None:
                raise InputError("nothing to do again")
            return self._follow(step.pictures, f"done again: {step.what}")

    def mark_accepted(self, names: Iterable[str]) -> Event:
        """Note that the edits of these pictures, as they are, have been handed over."""
        with self.lock:
            pictures = [self.picture(name) for name in names]
            states = {p.id: replace(p.state, accepted=edit_digest(p.edit)) for p in pictures}
            return self.set_states(states, "accepted", undoable=False)

    def _follow(self, names: Iterable[str], what: str) -> Event:
        """Pictures take the states that the history has."""
        pictures = [self.pictures[name] for name in names if name in self.pictures]
        for picture in pictures:
            before = picture.edit
            picture.state = self.history.states.get(picture.id, State())
            if not same_edit(before, picture.edit):
                self.thumbs.forget(picture, before)
                picture.version += 1
                self.on_edited(picture)
        return self.show(pictures, what)

    # What is found out of pictures.

    def take_facts(self, picture: Picture, facts: Facts) -> None:
        """What was read of a file."""
        with self.lock:
            picture.facts = facts

    def take_prediction(self, picture: Picture, model: str, found: KeptPrediction) -> None:
        """A model's edit; kept, and shown where the model is the one chosen."""
        self.predictions.keep(model, picture, found)
        with self.lock:
            if model == self.current_model:
                self._show_prediction(picture, found)

    def take_failure(self, picture: Picture, error: str) -> None:
        """A picture that cannot be predicted."""
        with self.lock:
            picture.status, picture.error = FAILED, error
            self.show([picture])

    def choose(self, model: str) -> None:
        """Predictions are this model's from now on; those that are kept are there at once.

        Raises:
            UnknownError: there is no such model.
            InputError: the disk refuses.
        """
        if model not in self.models:
            raise UnknownError("no such model")
        with self.lock:
            self.history.choose(model)
            if model == self.current_model:
                return
            self.current_model = model
            for picture in self.pictures.values():
                picture.predicted, picture.status, picture.error = None, WAITING, ""
                self._take_kept(picture)
                picture.version += 1
            self.show(self.pictures.values())

    def regroup(self) -> None:
        """Bursts, by the dates that are known."""
        with self.lock:
            found = bursts(list(self.pictures.values()))
            new = [p for p in self.pictures.values() if p.group != found.get(p.id)]
            for picture in new:
                picture.group = found.get(picture.id)
            self.show(new)

    def _take_kept(self, picture: Picture) -> None:
        found = self.predictions.read(self.current_model, picture)
        if found is not None:
            self._set_prediction(picture, found)

    def _show_prediction(self, picture: Picture, found: KeptPrediction) -> None:
        self._set_prediction(picture, found)
        picture.version += 1
        self.on_edited(picture)
        self.show([picture])

    def _set_prediction(self, picture: Picture, found: KeptPrediction) -> None:
        picture.predicted = found.record
        picture.as_shot = found.record.as_shot
        picture.status, picture.error = PREDICTED, ""
        picture.width, picture.height = found.width, found.height

    def _first_model(self) -> str:
        """What was chosen last, where there is no other on the command line, else the last of it.

        Presets are to compare, and predict only when they are chosen.
        """
        chosen = self.history.model
        if chosen is not None and chosen in self.models:
            return chosen
        return [model.id for model in self.models if model.kind != "preset"][-1]

    # What pages are told.

    def show(self, pictures: Iterable[Picture], what: str = "") -> Event:
        """Tell all pages of pictures that have changed; what the page that asked is answered."""
        with self.lock:
            shown = [picture.to_json() for picture in pictures]
            if not shown:
                return {"revision": self.revision, "pictures": [], "what": what}
            self.revision += 1
            event: Event = {"revision": self.revision, "pictures": shown, "what": what}
            self.tell({"kind": "pictures", **event})
            return event

    def tell(self, event: Event) -> None:
        """Tell all pages something."""
        self._listeners.tell(event)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have a listener told of all events, in whatever thread; what ends that."""
        return self._listeners.subscribe(listener)
