// What is done to the pictures: flags, ratings, copied and reset edits, undo.
import { get, say } from "./dom.js";
import { on } from "./bus.js";
import { flush } from "./editing.js";
import { change, current, selectAll, state, targets } from "./state.js";
import { fail, toast } from "./toast.js";

const many = (count) => (count === 1 ? "1 picture" : `${count} pictures`);

export async function flag(value) {
  const ids = targets();
  if (ids.length && (await change("flags", { ids, flag: value }))) say({ pick: "picked", reject: "rejected", "": "unflagged" }[value]);
}

export async function rate(rating) {
  const ids = targets();
  if (ids.length && (await change("flags", { ids, rating }))) say(`${rating} stars`);
}

export function copy() {
  if (state.current === null) return;
  state.copied = state.current;
  toast(`The edit of ${current().name} is copied.`);
  buttons();
}

export async function paste() {
  if (state.copied === null) return toast("Nothing is copied yet: Ctrl-C on a picture with an edit.");
  await flush();
  const to = targets().filter((id) => id !== state.copied);
  if (!to.length) return;
  const body = { from: state.copied, to, panels: null, white_balance: "as_set" };
  if (await change("sync", body)) toast(`Pasted into ${many(to.length)}.`);
}

export async function consistent() {
  await flush();
  const ids = targets();
  const { group } = current() ?? {};
  if (ids.length < 2 && !group) return toast("Select the pictures that belong together, or one of a burst.");
  const answer = await change("consistent", ids.length > 1 ? { ids } : { group });
  if (answer) toast(`${many(answer.pictures.length)} have one white balance and exposure relation now.`);
}

export async function resetSelected() {
  const ids = targets();
  if (ids.length && (await change("edit", { ids, changes: { reset: "predicted" } }))) toast(`${many(ids.length)} are as predicted.`);
}

export async function undo(what = "undo") {
  await flush();
  const answer = await change(what, {});
  if (answer?.what) toast(answer.what.charAt(0).toUpperCase() + answer.what.slice(1));
}

function buttons() {
  const count = state.selected.size;
  get("selection-count").textContent = count ? `${count} selected` : "none selected";
  const none = targets().length === 0;
  for (const id of ["copy", "consistent", "reset-selected"]) get(id).disabled = none;
  get("paste").disabled = none || state.copied === null;
  get("sync").disabled = count < 2;
}

export function start() {
  for (const button of document.querySelectorAll("[data-flag]")) {
    button.addEventListener("click", () => {
      const off = state.view === "picture" && current()?.flag === button.dataset.flag;
      flag(off ? "" : button.dataset.flag).catch(fail);
    });
  }
  const clicks = {
    copy, paste, consistent, "reset-selected": resetSelected, undo: () => undo(), redo: () => undo("redo"), "select-all": selectAll,
  };
  for (const [id, work] of Object.entries(clicks)) get(id).addEventListener("click", work);
  for (const name of ["selection", "current", "shown", "view"]) on(name, buttons);
}
