// What the page knows: the session, its pictures, which are shown, selected and looked at.
import { on, tell } from "./bus.js";
import { read, send } from "./api.js";
import { fail } from "./toast.js";

export const state = {
  session: null,
  pictures: new Map(), // by id, in the folder's order
  revision: 0,
  shown: [], // ids, as filtered and sorted
  selected: new Set(),
  current: null,
  anchor: null, // where a range of the selection starts
  view: "grid",
  copied: null,
};

export const current = () => state.pictures.get(state.current) ?? null;

/** What a command works on: the selection in the grid, elsewhere the picture that is seen. */
export function targets() {
  if (state.view === "grid" && state.selected.size) return state.shown.filter((id) => state.selected.has(id));
  return state.current === null ? [] : [state.current];
}

/** Pictures as the server has them now. */
export function take(answer) {
  // What is older than what is here: it came with an event already.
  if (answer.revision < state.revision) return;
  state.revision = answer.revision;
  for (const one of answer.pictures) state.pictures.set(one.id, one);
  tell("pictures", answer.pictures.map((one) => one.id));
}

/** Asks for the session and all its pictures. */
export async function load() {
  const [session, answer] = await Promise.all([read("session"), read("pictures")]);
  state.session = session;
  const known = new Set(answer.pictures.map((one) => one.id));
  for (const id of state.pictures.keys()) if (!known.has(id)) state.pictures.delete(id);
  state.revision = 0; // a server that was started anew counts anew
  take(answer);
  tell("session", session);
}

/** A change at the server: its answer's pictures are taken over, an error is told. */
export async function change(path, body, options) {
  try {
    const answer = await send(path, body, options);
    if (answer.pictures) take(answer);
    return answer;
  } catch (error) {
    fail(error);
    return null;
  }
}

export function look(id) {
  if (id === state.current) return;
  state.current = id;
  tell("current", id);
}

/** Selects a picture: alone, added or taken away (toggle), or with all between (extend). */
export function select(id, { extend = false, toggle = false } = {}) {
  if (extend && state.anchor !== null) {
    const [a, b] = [state.shown.indexOf(state.anchor), state.shown.indexOf(id)].sort((x, y) => x - y);
    state.selected = new Set(state.shown.slice(Math.max(a, 0), b + 1));
  } else if (toggle) {
    if (!state.selected.delete(id)) state.selected.add(id);
    state.anchor = id;
  } else {
    state.selected = new Set([id]);
    state.anchor = id;
  }
  look(id);
  tell("selection");
}

export function selectAll() {
  state.selected = new Set(state.shown);
  tell("selection");
}

/** The picture so many places on from the current one; it is selected. */
export function step(by, extend = false) {
  if (!state.shown.length) return;
  const at = state.shown.indexOf(state.current);
  const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), state.shown.length - 1);
  select(state.shown[next], { extend });
}

export function show(view) {
  if (view !== "grid" && state.current === null) step(0);
  if (view !== "grid" && state.current === null) return;
  state.view = view;
  tell("view", view);
}

on("server:pictures", (event) => {
  if (event.pictures.length) take(event);
  // The first line of a connection: what came to pass before it was there has been missed.
  else if (state.session && event.revision !== state.revision) load().catch(fail);
});
