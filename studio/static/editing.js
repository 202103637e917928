// The edit of the picture that is looked at: its numbers, what is changed and not yet at the server.
import { get, say } from "./dom.js";
import { on, tell } from "./bus.js";
import { read } from "./api.js";
import { change, state } from "./state.js";
import { fail } from "./toast.js";

// Many small moves of a key are one step to undo; so is a double click's first half.
const WAITS = 450;

// Of a file that doesn't say what white it was shot at.
const UNKNOWN_WHITE = { Temperature: 6500, Tint: 0 };

export const editing = { id: null, detail: null, pending: null };
let timer = 0;
let asked = null; // of the read on its way

const fresh = () => ({ set: {}, curves: {} });

const nothing = (changes) => !Object.keys(changes.set).length && !Object.keys(changes.curves).length;

/** What is to be rendered beyond what the server has; undefined where nothing is. */
export function unsaved() {
  if (editing.pending === null || nothing(editing.pending)) return undefined;
  return editing.pending;
}

export function value(name) {
  const { pending, detail } = editing;
  return pending?.set[name] ?? detail?.edit.sliders[name] ?? neutral(name);
}

export function points(name) {
  const { pending, detail } = editing;
  return pending?.curves[name] ?? detail?.edit.curves[name] ?? [[0, 0], [255, 255]];
}

/** Where the prediction has a slider; null without a prediction. */
export function predicted(name) {
  const found = editing.detail?.predicted;
  return found ? found.sliders[name] ?? neutral(name) : null;
}

export const predictedPoints = (name) => editing.detail?.predicted?.curves[name] ?? [[0, 0], [255, 255]];

const sliders = new Map();

/** A slider's value that changes nothing: of white balance, as this picture was shot. */
export function neutral(name) {
  if (!sliders.size) {
    for (const panel of state.session.panels) for (const one of panel.sliders) sliders.set(one.name, one);
  }
  return sliders.get(name)?.neutral ?? editing.detail?.as_shot?.[name] ?? UNKNOWN_WHITE[name] ?? 0;
}

/** Reads a picture's edit. What was changed of the one before is sent first. */
export async function open(id) {
  flush();
  if (id === editing.id) return refresh();
  Object.assign(editing, { id, detail: null, pending: null });
  tell("edit", { id, reading: true });
  return refresh();
}

async function refresh() {
  const { id } = editing;
  if (id === null) return;
  asked?.abort();
  const mine = (asked = new AbortController());
  try {
    const detail = await read("pictures/" + encodeURIComponent(id), { signal: mine.signal });
    if (editing.id !== id || mine !== asked) return;
    editing.detail = detail;
    tell("edit", { id });
  } catch (error) {
    fail(error);
  }
}

/** Moves a slider; `done` when it is let go of, which the server then keeps. */
export function set(name, number, done) {
  if (editing.detail === null) return;
  (editing.pending ??= fresh()).set[name] = number;
  moved(done);
}

export function setCurve(name, list, done) {
  if (editing.detail === null) return;
  (editing.pending ??= fresh()).curves[name] = list;
  moved(done);
}

function moved(done) {
  tell("edit", { id: editing.id, live: !done });
  clearTimeout(timer);
  if (done) timer = setTimeout(flush, WAITS);
}

/** As the server takes changes: what is back at the prediction is reset, to its last digit. */
function asSent({ set: numbers, curves }) {
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const known = editing.detail?.predicted ?? { sliders: {}, curves: {} };
  const changes = { ...fresh(), reset: [] };
  for (const [kind, values, was] of [["set", numbers, known.sliders], ["curves", curves, known.curves]]) {
    for (const [name, now] of Object.entries(values)) {
      if (same(now, was[name])) changes.reset.push(name);
      else changes[kind][name] = now;
    }
  }
  return changes;
}

/** Sends what is changed; with `leaving` so that it arrives though the page goes. */
export function flush(leaving = false) {
  clearTimeout(timer);
  const { id, pending } = editing;
  if (id === null || !unsaved()) return Promise.resolve();
  return post(id, pending, leaving);
}

async function post(id, changes, leaving) {
  const answer = await change("edit", { ids: [id], changes: asSent(changes) }, leaving ? { keepalive: true } : {});
  if (editing.id !== id) return;
  if (answer === null) {
    get("edit-note").textContent = "Not saved yet: it is sent again with the next change.";
    return;
  }
  get("edit-note").textContent = "";
  // What was moved since stays pending.
  if (editing.pending === changes) editing.pending = null;
  await refresh();
}

/** Sets sliders or curves back: names, or "all"; to the prediction or to neutral. */
export async function reset(names, to = "predicted") {
  if (editing.detail === null) return;
  const { id } = editing;
  if (names === "all") {
    editing.pending = null;
    clearTimeout(timer);
    if ((await change("edit", { ids: [id], changes: { reset: to } })) !== null) await refresh();
    say("reset");
    return;
  }
  if (to === "predicted") {
    for (const name of names) {
      delete editing.pending?.set[name];
      delete editing.pending?.curves[name];
    }
    clearTimeout(timer);
    await flush();
    if ((await change("edit", { ids: [id], changes: { reset: names } })) !== null) await refresh();
    return;
  }
  editing.pending ??= fresh();
  for (const name of names) {
    if (state.session.curves.some((one) => one.name === name)) editing.pending.curves[name] = [[0, 0], [255, 255]];
    else editing.pending.set[name] = neutral(name);
  }
  moved(true);
  await flush();
}

// Changed elsewhere: by an undo, another tab, a new prediction.
on("pictures", (ids) => {
  if (!ids.includes(editing.id) || state.view !== "picture") return;
  const { thumb, status } = state.pictures.get(editing.id);
  if (thumb !== editing.detail?.thumb || status !== editing.detail?.status) refresh();
});
addEventListener("pagehide", () => flush(true));
