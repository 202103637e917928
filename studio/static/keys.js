// Every key of the page, in one table: what it does, where, and how the help calls it.
import { get, make } from "./dom.js";
import { openAccept } from "./accept.js";
import { consistent, copy, flag, paste, rate, undo } from "./commands.js";
import { dropping, toggleDropper } from "./dropper.js";
import { columns, pageRows, toggleBefore } from "./grid.js";
import { toggleClipping } from "./histogram.js";
import { isZoomed, pan, setZoom, toggleLook, toggleZoom } from "./picture.js";
import { selectAll, show, state, step } from "./state.js";
import { openSync } from "./sync.js";
import { openTeach } from "./teach.js";

const inGrid = () => state.view === "grid";
const inPicture = () => state.view === "picture";

function arrow(x, y, extend) {
  if (inGrid()) return step(x + y * columns(), extend);
  if (inPicture() && isZoomed() && document.activeElement === get("view")) return pan(-0.25 * x, -0.25 * y);
  if (x) step(x);
}

const zoom = () => {
  if (!inPicture()) show("picture");
  toggleZoom();
};
const escape = () => {
  if (dropping()) toggleDropper(false);
  else if (!inGrid()) show("grid");
};

// [keys, help's words or "" for none, work, where]. "Ctrl-" is the command key on a Mac as well.
const KEYS = [
  [["ArrowRight"], "next picture; arrows move in the grid, and pan where zoomed", () => arrow(1, 0)],
  [["ArrowLeft"], "", () => arrow(-1, 0)],
  [["ArrowDown"], "", () => arrow(0, 1)],
  [["ArrowUp"], "", () => arrow(0, -1)],
  [["Shift-ArrowRight"], "select on to the next; Shift and arrows", () => arrow(1, 0, true), inGrid],
  [["Shift-ArrowLeft"], "", () => arrow(-1, 0, true), inGrid],
  [["Shift-ArrowDown"], "", () => arrow(0, 1, true), inGrid],
  [["Shift-ArrowUp"], "", () => arrow(0, -1, true), inGrid],
  [["Home"], "first picture", () => step(-Infinity)],
  [["End"], "last picture", () => step(Infinity)],
  [["PageDown"], "a page on", () => step(columns() * pageRows()), inGrid],
  [["PageUp"], "a page back", () => step(-columns() * pageRows()), inGrid],
  [["p"], "pick", () => flag("pick")],
  [["x"], "reject", () => flag("reject")],
  [["u"], "unflag", () => flag("")],
  ...[0, 1, 2, 3, 4, 5].map((n) => [[String(n)], n === 5 ? "" : n === 0 ? "rate: 0 to 5 stars" : "", () => rate(n)]),
  [["e", "Enter"], "edit the picture", () => show("picture"), () => !inPicture()],
  [["g"], "grid", () => show("grid")],
  [["c"], "compare models", () => show("compare")],
  [["z"], "fit or 100 %", zoom],
  [["+"], "200 %", () => setZoom(2), inPicture],
  [["-"], "fit", () => setZoom("fit"), inPicture],
  [["\\"], "before or after", () => (inPicture() ? toggleLook("before") : toggleBefore())],
  [["y"], "wipe", () => toggleLook("wipe"), inPicture],
  [["Shift-Y"], "side by side", () => toggleLook("side"), inPicture],
  [["j"], "show clipping", toggleClipping, inPicture],
  [["w"], "white balance dropper", () => toggleDropper(), inPicture],
  [["Ctrl-c"], "copy the edit", copy, () => getSelection().isCollapsed],
  [["Ctrl-v"], "paste the edit", paste],
  [["Ctrl-Shift-S"], "sync settings to the selection", openSync],
  [["Ctrl-a"], "select all", selectAll, inGrid],
  [["Ctrl-z"], "undo", () => undo()],
  [["Ctrl-Shift-Z", "Ctrl-y"], "redo", () => undo("redo")],
  [["Shift-C"], "make consistent", consistent],
  [["h"], "hand over", openAccept],
  [["t"], "teach", openTeach],
  [["?"], "this help", openHelp],
  [["Escape"], "back to the grid", escape],
];

const table = new Map(KEYS.flatMap(([keys, , work, where]) => keys.map((key) => [key, { work, where }])));

/** As the table calls it: modifiers, then the key; Shift only where the key is a letter or is named. */
function name(event) {
  const shift = event.shiftKey && (event.key.length > 1 || /^\p{L}$/u.test(event.key));
  const key = event.key.length === 1 ? (shift ? event.key.toUpperCase() : event.key.toLowerCase()) : event.key;
  return (event.ctrlKey || event.metaKey ? "Ctrl-" : "") + (shift ? "Shift-" : "") + key;
}

/** Whether the focused control needs a key for itself. */
function taken(target, key) {
  if (target.isContentEditable) return true;
  const tag = target.tagName;
  if (tag === "TEXTAREA" || (tag === "INPUT" && !["checkbox", "radio", "range", "button"].includes(target.type))) return true;
  if (tag === "SELECT") return !key.startsWith("Ctrl-");
  if (tag === "INPUT" && /^(Arrow|Home|End|Page)/.test(key)) return true;
  return key === "Enter" && /^(BUTTON|SUMMARY|A|INPUT)$/.test(tag);
}

export function openHelp() {
  if (!get("help-keys").childElementCount) {
    const words = { ArrowRight: "→", "\\": "\\", Escape: "Esc", PageDown: "Page Down", PageUp: "Page Up", "Shift-ArrowRight": "Shift →", Enter: "Enter" };
    const rows = KEYS.filter(([, help]) => help).map(([keys, help]) =>
      make("div", {}, make("span", { textContent: help }),
        make("span", {}, ...keys.map((key) => make("kbd", { textContent: words[key] ?? key.replace(/(^|-)([a-z])$/, (_, before, letter) => before + letter.toUpperCase()) })))));
    get("help-keys").replaceChildren(...rows);
  }
  get("help-dialog").showModal();
}

export function start() {
  get("help").addEventListener("click", openHelp);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey || document.querySelector("dialog[open]")) return;
    const key = name(event);
    const found = table.get(key);
    if (!found || taken(event.target, key) || (found.where && !found.where())) return;
    event.preventDefault();
    found.work();
  });
}
