// The studio's page: starts its parts and switches between its three views.
import { get, press } from "./dom.js";
import { on } from "./bus.js";
import { start as startEvents } from "./api.js";
import { load, look, select, show, state } from "./state.js";
import { fail } from "./toast.js";
import { flush } from "./editing.js";
import * as accept from "./accept.js";
import * as commands from "./commands.js";
import * as compare from "./compare.js";
import * as dropper from "./dropper.js";
import * as filmstrip from "./filmstrip.js";
import * as filterBar from "./filter_bar.js";
import * as grid from "./grid.js";
import * as histogram from "./histogram.js";
import * as keys from "./keys.js";
import * as models from "./models.js";
import * as panels from "./panels.js";
import * as pictureView from "./picture.js";
import * as progress from "./progress.js";
import * as sync from "./sync.js";
import * as teach from "./teach.js";
import * as theme from "./theme.js";
import "./connection.js";

/** The address says what is seen, so that a reload shows the same. */
function remember() {
  const picture = state.view === "grid" ? "" : "/" + state.current;
  history.replaceState(null, "", `#${state.view}${picture}`);
}

const asked = location.hash.slice(1).split("/"); // before anything is shown, which writes it anew

function recallView() {
  const [view, id] = asked;
  if (!id || !state.pictures.has(id)) return;
  select(id);
  if (view === "picture" || view === "compare") show(view);
}

function views() {
  for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => show(button.dataset.view));
  on("view", (view) => {
    for (const name of ["grid", "picture", "compare"]) get("view-" + name).hidden = name !== view;
    for (const button of document.querySelectorAll("[data-view]")) press(button, button.dataset.view === view);
    if (view !== "picture") flush();
    remember();
  });
  on("current", remember);
}

views(); // first: a view is there before its parts look at it
for (const part of [theme, filterBar, grid, pictureView, histogram, panels, dropper, filmstrip, commands, compare, models, progress, sync, accept, teach, keys]) part.start();
startEvents();
try {
  await load();
  recallView();
  if (state.current === null && state.shown.length) look(state.shown[0]);
  document.documentElement.dataset.ready = "yes"; // for whoever waits for it
} catch (error) {
  fail(error);
}
