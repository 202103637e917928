"""States of pictures, and the steps that led there: kept by a journal, undone and redone.

A step changes fields of some pictures' states and knows what they were. Steps stay over restarts;
of pictures that are not in the shoot that is open, states stay as well.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from params.files import InputError
from studio.journal import Journal
from studio.pictures import FLAGS, State
from studio.stored_edit import edit_from_json, edit_to_json

log = logging.getLogger(__name__)

MOST_STEPS = 200
_FIELDS = ("edit", "rating", "flag", "accepted")
# Of a line in the journal: states, a step, one that is undone or redone, the model that predicts.
_STATES, _STEP, _UNDO, _REDO, _MODEL = "states", "step", "undo", "redo", "model"


@dataclass(frozen=True)
class Step:
    """One undoable change. pictures: id -> field of State -> (before, after), as in JSON."""

    number: int
    what: str
    pictures: Mapping[str, Mapping[str, Any]]

    def to_json(self) -> dict[str, Any]:
        return {"number": self.number, "what": self.what, "pictures": self.pictures}


class History:
    """All states by picture, and the steps done and undone. For one thread at a time."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.states: dict[str, State] = {}
        self.model: str | None = None
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._last = 0
        for entry in journal.read():
            try:
                self._replay(entry)
            except (InputError, KeyError, TypeError, ValueError, AttributeError) as error:
                log.warning("%s: a line is damaged, left out: %s", journal.path, error)
        journal.begin(self._entries())

    def change(self, states: Mapping[str, State], what: str, *, undoable: bool = True) -> None:
        """New states of pictures, as one step. Raises InputError when the disk refuses."""
        step = Step(self._last + 1, what, self._differences(states))
        if not step.pictures:
            return
        if undoable:
            self._journal.append({_STEP: step.to_json()})
            self._push(step)
        else:
            self._journal.append({_STATES: {name: _to_json(s) for name, s in states.items()}})
        self.states |= states

    def undo(self, among: Collection[str]) -> Step | None:
        """Undo the last step that changed one of these pictures; None: there is none."""
        step = _last_of(self._done, among)
        if step is not None:
            self._journal.append({_UNDO: step.number})
            self._undo(step)
        return step

    def redo(self, among: Collection[str]) -> Step | None:
        """Do again what was undone last of these pictures; None: there is nothing."""
        step = _last_of(self._undone, among)
        if step is not None:
            self._journal.append({_REDO: step.number})
            self._redo(step)
        return step

    def choose(self, model: str) -> None:
        """Keep which model predicts."""
        if model != self.model:
            self._journal.append({_MODEL: model})
            self.model = model

    def close(self) -> None:
        """Write nothing any more."""
        self._journal.close()

    def _differences(self, states: Mapping[str, State]) -> dict[str, dict[str, Any]]:
        found = {}
        for name, state in states.items():
            old, new = _to_json(self.states.get(name, State())), _to_json(state)
            fields = {f: [old.get(f), new.get(f)] for f in _FIELDS if old.get(f) != new.get(f)}
            if fields:
                found[name] = fields
        return found

    def _entries(self) -> list[dict[str, Any]]:
        """The journal made short: what it comes to."""
        entries: list[dict[str, Any]] = [
            {_STATES: {name: _to_json(state)}}
            for name, state in self.states.items()
            if state != State()
        ]
        steps = [*self._done, *reversed(self._undone)]
        entries += [{_STEP: step.to_json(), "kept": True} for step in steps]
        entries += [{_UNDO: step.number, "kept": True} for step in self._undone]
        return [*entries, *([{_MODEL: self.model}] if self.model else [])]

    def _replay(self, entry: Mapping[str, Any]) -> None:
        """kept: what the line says of states is in those that are there already."""
        kept = bool(entry.get("kept"))
        if _STATES in entry:
            path = self._journal.path
            self.states |= {n: _from_json(s, path) for n, s in entry[_STATES].items()}
        elif _STEP in entry:
            told = entry[_STEP]
            step = Step(int(told["number"]), str(told["what"]), dict(told["pictures"]))
            if not kept:
                self._apply(step, 1)
            self._push(step)
        elif _UNDO in entry:
            step = _numbered(self._done, entry[_UNDO])
            if kept:
                self._done.remove(step)
                self._undone.insert(0, step)
            else:
                self._undo(step)
        elif _REDO in entry:
            self._redo(_numbered(self._undone, entry[_REDO]))
        elif _MODEL in entry:
            self.model = str(entry[_MODEL])

    def _push(self, step: Step) -> None:
        self._last = max(self._last, step.number)
        self._done = [*self._done, step][-MOST_STEPS:]
        # What was undone of these pictures can no longer be done again.
        self._undone = [s for s in self._undone if not s.pictures.keys() & step.pictures.keys()]

    def _undo(self, step: Step) -> None:
        self._apply(step, 0)
        self._done.remove(step)
        self._undone.append(step)

    def _redo(self, step: Step) -> None:
        self._apply(step, 1)
        self._undone.remove(step)
        self._done.append(step)

    def _apply(self, step: Step, side: int) -> None:
        path = self._journal.path
        states = {}
        for name, fields in step.pictures.items():
            old = _to_json(self.states.get(name, State()))
            states[name] = _from_json({**old, **{f: v[side] for f, v in fields.items()}}, path)
        self.states |= states


def _last_of(steps: list[Step], among: Collection[str]) -> Step | None:
    return next((s for s in reversed(steps) if any(name in among for name in s.pictures)), None)


def _numbered(steps: list[Step], number: Any) -> Step:
    for step in steps:
        if step.number == number:
            return step
    raise ValueError("no such step")


def _to_json(state: State) -> dict[str, Any]:
    values = {name: getattr(state, name) for name in _FIELDS}
    if state.edit is not None:
        values["edit"] = edit_to_json(state.edit)
    return {name: value for name, value in values.items() if value is not None}


def _from_json(value: Any, path: Any) -> State:
    edit = value.get("edit")
    state = State(None if edit is None else edit_from_json(edit, path))
    rating, flag, accepted = value.get("rating"), value.get("flag"), value.get("accepted")
    if rating is not None:
        state = replace(state, rating=min(max(int(rating), 0), 5))
    if flag in FLAGS:
        state = replace(state, flag=flag)
    return replace(state, accepted=accepted if isinstance(accepted, str) else None)
