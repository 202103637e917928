// The banner while the server is away, and a fresh look at everything when it is back.
import { get } from "./dom.js";
import { on } from "./bus.js";
import { load } from "./state.js";
import { fail } from "./toast.js";

const LINES = {
  lost: "The studio does not answer. What you changed is kept; this page goes on when it runs again.",
  refused: "The studio was started anew: open the address that it printed.",
};

let away = false;

on("connection", (what) => {
  const banner = get("lost");
  if (what in LINES) {
    away = true;
    if (banner.textContent !== LINES[what] || banner.hidden) banner.textContent = LINES[what];
    banner.hidden = false;
    return;
  }
  banner.hidden = true;
  if (away || what === "again") load().catch(fail);
  away = false;
});
