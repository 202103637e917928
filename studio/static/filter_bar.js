// The controls of the filter and of the order of pictures.
import { get, later, press } from "./dom.js";
import { on, tell } from "./bus.js";
import { NOTHING, arrange, day, filtersSet } from "./filters.js";
import { look, state } from "./state.js";

const filter = { ...NOTHING };
const NUMBERS = new Set(["rating", "confidence", "size", "differs"]);
const FIELDS = ["text", "camera", "day", "flag", "rating", "state", "confidence", "size", "differs"];

function read(name) {
  const { value } = get("filter-" + name);
  if (!NUMBERS.has(name)) return value;
  return value === "" ? null : Number(value);
}

/** Arranges anew what is shown. The current picture stays where it still is shown. */
function arrangeAll() {
  state.shown = arrange(state.pictures.values(), filter);
  const shown = new Set(state.shown);
  state.selected = new Set([...state.selected].filter((id) => shown.has(id)));
  const set = filtersSet(filter);
  get("filters-set").textContent = set ? `(${set})` : "";
  const all = state.pictures.size;
  get("count").textContent =
    state.shown.length === all ? `${all} pictures` : `${state.shown.length} of ${all} pictures`;
  get("grid-empty").hidden = state.shown.length > 0;
  get("grid-empty").textContent = all ? "No picture passes the filter." : "No RAW files were found.";
  if (state.current === null && state.shown.length) look(state.shown[0]);
  tell("shown");
  tell("selection");
}

const soon = later(arrangeAll, 120);

function options(select, values, title = (value) => value) {
  const chosen = select.value;
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
  const names = [...counts.keys()].sort();
  if (names.join("\n") !== [...select.options].slice(1).map((one) => one.value).join("\n")) {
    select.length = 1;
    for (const name of names) select.add(new Option(`${title(name)} (${counts.get(name)})`, name));
    select.value = counts.has(chosen) ? chosen : "";
  }
}

function lists() {
  const pictures = [...state.pictures.values()];
  options(get("filter-camera"), pictures.map((one) => one.camera || "?"), (name) => (name === "?" ? "unknown" : name));
  options(get("filter-day"), pictures.map(day).filter(Boolean));
}

export function start() {
  for (const name of FIELDS) {
    get("filter-" + name).addEventListener("input", () => {
      filter[name] = read(name);
      arrangeAll();
    });
  }
  get("sort").addEventListener("input", () => {
    filter.sort = get("sort").value;
    arrangeAll();
  });
  get("sort-back").addEventListener("click", () => {
    filter.back = !filter.back;
    press(get("sort-back"), filter.back);
    arrangeAll();
  });
  get("filters-clear").addEventListener("click", () => {
    for (const name of FIELDS) {
      get("filter-" + name).value = name === "rating" ? "0" : "";
      filter[name] = NOTHING[name];
    }
    arrangeAll();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!get("more-filters").contains(event.target)) get("more-filters").open = false;
  });
  get("more-filters").addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !get("more-filters").open) return;
    get("more-filters").open = false;
    get("more-filters").firstElementChild.focus();
    event.stopPropagation();
  });
  let known = 0;
  on("pictures", () => {
    lists();
    // The first pictures are shown at once; what comes later moves nothing more often than needed.
    if (known !== state.pictures.size) arrangeAll();
    else if (filter.sort !== "order" || filter.state || filtersSet(filter)) soon();
    known = state.pictures.size;
  });
}
