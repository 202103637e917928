// The dialog that copies panels of one picture's edit to the selected ones.
import { get, make } from "./dom.js";
import { flush } from "./editing.js";
import { change, current, state } from "./state.js";
import { toast } from "./toast.js";

const boxes = () => [...get("sync-panels").querySelectorAll("input")];

export function openSync() {
  const to = state.shown.filter((id) => state.selected.has(id) && id !== state.current);
  if (!to.length) return toast("Select the pictures that are to get this edit as well.");
  get("sync-text").textContent = `From ${current().name} to ${to.length === 1 ? "1 picture" : to.length + " pictures"}.`;
  if (!boxes().length) {
    get("sync-panels").replaceChildren(...state.session.panels.map((panel) =>
      make("label", { className: "tick" }, make("input", { type: "checkbox", value: panel.name, checked: true }), panel.title)));
  }
  get("sync-dialog").showModal();
}

async function sync() {
  const panels = boxes().filter((box) => box.checked).map((box) => box.value);
  const to = state.shown.filter((id) => state.selected.has(id) && id !== state.current);
  get("sync-dialog").close();
  if (!panels.length || !to.length) return;
  await flush();
  const white = document.querySelector("[name=sync-white]:checked").value;
  const all = panels.length === boxes().length;
  const answer = await change("sync", { from: state.current, to, panels: all ? null : panels, white_balance: white });
  if (answer) toast(`Synced ${to.length === 1 ? "1 picture" : to.length + " pictures"}.`);
}

export function start() {
  get("sync").addEventListener("click", openSync);
  get("sync-do").addEventListener("click", sync);
  for (const [id, on] of [["sync-all", true], ["sync-none", false]]) {
    get(id).addEventListener("click", () => boxes().forEach((box) => { box.checked = on; }));
  }
}
