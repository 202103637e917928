// Which pictures are shown, and in what order. Pure: nothing here touches the page.

export const NOTHING = {
  text: "", camera: "", day: "", flag: "", rating: 0, state: "",
  confidence: null, size: null, differs: null, sort: "order", back: false,
};

export const day = (one) => (one.date || "").slice(0, 10);

const FLAGS = {
  pick: (one) => one.flag === "pick",
  reject: (one) => one.flag === "reject",
  none: (one) => one.flag === "",
  kept: (one) => one.flag !== "reject",
};
const STATES = {
  corrected: (one) => one.corrected,
  untouched: (one) => one.status === "predicted" && !one.corrected,
  accepted: (one) => one.accepted,
  open: (one) => !one.accepted,
  stale: (one) => one.stale,
  waiting: (one) => one.status === "waiting",
  failed: (one) => one.status === "failed",
};
const missingLast = (value) => (value === null || value === undefined ? Infinity : value);
// Each gives what is sorted by, ascending.
const KEYS = {
  date: (one) => one.date || "9999",
  confidence: (one) => missingLast(one.confidence),
  size: (one) => missingLast(negative(one.size)),
  differs: (one) => missingLast(negative(one.differs)),
  rating: (one) => -one.rating,
  name: (one) => one.name.toLowerCase(),
};

function negative(value) {
  return value === null || value === undefined ? null : -value;
}

/** Whether a picture passes; what a filter asks about and isn't known doesn't pass it. */
export function passes(one, filter) {
  const words = filter.text.toLowerCase();
  if (words && !`${one.folder}/${one.name}`.toLowerCase().includes(words)) return false;
  if (filter.camera && (one.camera || "?") !== filter.camera) return false;
  if (filter.day && day(one) !== filter.day) return false;
  if (filter.flag && !FLAGS[filter.flag](one)) return false;
  if (filter.state && !STATES[filter.state](one)) return false;
  if (one.rating < filter.rating) return false;
  if (filter.confidence !== null && !(one.confidence !== null && 100 * one.confidence <= filter.confidence)) return false;
  if (filter.size !== null && !(one.size >= filter.size)) return false;
  return filter.differs === null || one.differs >= filter.differs;
}

/** The ids of the pictures that pass, sorted; ties stay in the folder's order. */
export function arrange(pictures, filter) {
  const found = [...pictures].filter((one) => passes(one, filter));
  const key = KEYS[filter.sort];
  if (key) {
    const keyed = found.map((one, place) => ({ one, place, by: key(one) }));
    keyed.sort((a, b) => (a.by < b.by ? -1 : a.by > b.by ? 1 : a.place - b.place));
    found.splice(0, found.length, ...keyed.map((one) => one.one));
  }
  if (filter.back) found.reverse();
  return found.map((one) => one.id);
}

/** How many of the filters in the drop-down are set. */
export function filtersSet(filter) {
  const names = ["camera", "day", "flag", "rating", "state", "confidence", "size", "differs"];
  return names.filter((name) => filter[name] !== NOTHING[name]).length;
}
