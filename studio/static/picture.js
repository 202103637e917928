// The view of one picture: what is rendered when, and what the mouse does on it.
import { get, keep, later, press, recall, say } from "./dom.js";
import { on, tell } from "./bus.js";
import { editing, open, unsaved } from "./editing.js";
import { Renders } from "./renders.js";
import { Tiles } from "./tiles.js";
import { View } from "./view.js";
import { current, state } from "./state.js";

const LIVE = 1600; // the long side that is rendered for the screen
const MOST = 2048; // where the screen is larger, at rest

const canvas = get("view");
const view = new View(canvas, place);
const tiles = new Tiles(() => view.draw(), (size) => { view.size = tiles.full = size; view.draw(); });
view.tiles = tiles;
view.look = recall("look", "after");

const after = new Renders((bitmap, what) => {
  if (what.id !== state.current) return bitmap.close();
  view.after?.close();
  view.after = bitmap;
  if (view.before === null && !full()) view.size = [bitmap.width, bitmap.height];
  view.draw();
  canvas.dataset.shown = what.id;
  tell("shown-pixels", bitmap);
  // Before it is asked for, so that comparing begins at once.
  if (!what.live) renderBefore();
}, (busy) => get("viewer").setAttribute("aria-busy", String(busy)));
const before = new Renders((bitmap, what) => {
  if (what.id !== state.current) return bitmap.close();
  view.before?.close();
  view.before = bitmap;
  view.draw();
});

const full = () => {
  const one = current();
  return one?.width && one.height ? [one.width, one.height] : null;
};

const longSide = (most) => {
  const wanted = Math.max(...view.panes().map((pane) => Math.max(pane.width, pane.height)));
  return Math.min(most, Math.max(400, Math.ceil(wanted / 200) * 200));
};

const rendered = { what: "", size: 0 }; // what was asked for last

function render(live = false, most = LIVE) {
  if (state.view !== "picture" || editing.id === null || editing.detail === null) return;
  if (current()?.status === "failed") return;
  const body = { size: longSide(most) };
  const changes = unsaved();
  if (changes) body.changes = structuredClone(changes);
  // A change that has been saved is the same picture still.
  const { sliders, curves } = editing.detail.edit;
  const what = JSON.stringify([editing.id, { ...sliders, ...changes?.set }, { ...curves, ...changes?.curves }]);
  if (what !== rendered.what || body.size > rendered.size) {
    Object.assign(rendered, { what, size: body.size });
    after.want({ id: editing.id, live, body, failed: () => { rendered.what = ""; } });
  }
  if (live) return tiles.drop("after");
  sharpen();
  if (longSide(MOST) > body.size) sharper();
}

// A large screen has its last pixels a little later: what is quick comes first.
const sharper = later(() => render(false, MOST), 600);

let waitsFor = null; // the picture whose before is on its way

function renderBefore() {
  if (view.before !== null || editing.id === null || waitsFor === editing.id) return;
  waitsFor = editing.id;
  before.want({ id: editing.id, body: { before: true, size: longSide(LIVE) } });
}

/** Asks for the tiles of what is seen, where the full size is. */
function sharpen() {
  if (view.zoom === "fit" || editing.detail === null) return;
  tiles.open(editing.id, full() ?? view.size, editing.detail.edit, unsaved());
  const kinds = view.look === "wipe" || view.look === "side" ? ["after", "before"] : [view.look];
  tiles.want(view.seen(), kinds);
}

function note(text) {
  get("view-note").textContent = text;
  get("view-note").hidden = !text;
}

/** Puts what lies over the canvas where it belongs, after each drawing. */
function place() {
  const wipe = get("wipe");
  wipe.hidden = view.look !== "wipe";
  const [left, right] = view.wipeSpan();
  wipe.style.left = left + view.wipe * (right - left) + "px";
  const percent = Math.round(100 * view.wipe);
  wipe.setAttribute("aria-valuenow", percent);
  wipe.setAttribute("aria-valuetext", `${percent} % before`);
  const both = view.look === "wipe" || view.look === "side";
  get("tag-before").hidden = !both && view.look !== "before";
  get("tag-after").hidden = !both;
}

export function setLook(look) {
  view.look = look;
  keep("look", look === "before" ? "after" : look);
  for (const button of document.querySelectorAll("[data-look]")) press(button, button.dataset.look === look);
  if (look !== "after") renderBefore();
  render();
  view.draw();
  say({ after: "after", before: "before", wipe: "wipe", side: "side by side" }[look]);
}

export const toggleLook = (look) => setLook(view.look === look ? "after" : look);

export function setZoom(zoom, centre = view.centre) {
  view.zoom = zoom;
  view.centre = centre;
  canvas.classList.toggle("zoomed", zoom !== "fit");
  for (const button of document.querySelectorAll("[data-zoom]")) press(button, button.dataset.zoom === String(zoom));
  if (zoom === "fit") tiles.drop();
  view.pan(0, 0);
  sharpen();
  say(zoom === "fit" ? "fitted" : `${100 * zoom} %`);
}

export const toggleZoom = (centre) => setZoom(view.zoom === "fit" ? 1 : "fit", centre);

export function moveWipe(by) {
  view.wipe = Math.min(Math.max(view.wipe + by, 0), 1);
  view.draw();
}

export function pan(dx, dy) {
  view.pan(dx * canvas.width, dy * canvas.height);
  sharpen();
}

export const isZoomed = () => view.zoom !== "fit";

/** Where in the picture a place on the screen is, or null. */
export const placeAt = (x, y) => view.place(x, y);

export function showMarks(bitmap) {
  view.marks = bitmap;
  view.draw();
}

function drag() {
  let from = null;
  let way = 0;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || canvas.classList.contains("dropper")) return;
    from = [event.clientX, event.clientY];
    way = 0;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (from === null) return;
    const [dx, dy] = [event.clientX - from[0], event.clientY - from[1]];
    way += Math.hypot(dx, dy);
    from = [event.clientX, event.clientY];
    if (view.zoom !== "fit") view.pan(dx * (devicePixelRatio || 1), dy * (devicePixelRatio || 1));
  });
  canvas.addEventListener("pointerup", (event) => {
    if (from === null) return;
    from = null;
    if (way < 4) toggleZoom(placeAt(event.clientX, event.clientY) ?? undefined);
    else sharpen();
  });
  canvas.addEventListener("pointercancel", () => { from = null; });
  const wipe = get("wipe");
  wipe.addEventListener("pointerdown", (event) => wipe.setPointerCapture(event.pointerId));
  wipe.addEventListener("pointermove", (event) => {
    if (!wipe.hasPointerCapture(event.pointerId)) return;
    const [left, right] = view.wipeSpan();
    const at = event.clientX - canvas.getBoundingClientRect().left;
    view.wipe = Math.min(Math.max((at - left) / (right - left), 0), 1);
    view.draw();
  });
  wipe.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -0.02, ArrowRight: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 }[event.key];
    if (by === undefined) return;
    moveWipe(event.shiftKey ? 5 * by : by);
    event.preventDefault();
    event.stopPropagation();
  });
}

function another() {
  rendered.what = "";
  waitsFor = null;
  after.forget();
  before.forget();
  tiles.drop();
  for (const which of ["before", "after"]) {
    view[which]?.close();
    view[which] = null;
  }
  view.marks = null;
  tell("shown-pixels", null);
  delete canvas.dataset.shown;
  const one = current();
  view.size = full() ?? [3, 2];
  get("picture-name").textContent = one ? one.name : "";
  canvas.setAttribute("aria-label", one ? `The picture ${one.name}` : "No picture");
  note(one?.status === "failed" ? one.error || "This picture failed." : "");
  view.draw();
  if (one && state.view === "picture") open(one.id);
}

export function start() {
  for (const button of document.querySelectorAll("[data-look]")) button.addEventListener("click", () => setLook(button.dataset.look));
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => setZoom(button.dataset.zoom === "fit" ? "fit" : Number(button.dataset.zoom)));
  }
  drag();
  addEventListener("resize", later(() => render(), 300));
  on("current", another);
  on("view", (name) => {
    if (name !== "picture") return;
    requestAnimationFrame(() => view.resize());
    if (view.after === null || editing.id !== state.current) another();
    canvas.focus({ preventScroll: true });
  });
  on("edit", ({ live }) => {
    if (view.look !== "after") renderBefore();
    render(live);
  });
  setLook(view.look);
}
