// Work in the background: how far it is, and calling it off.
import { get } from "./dom.js";
import { on } from "./bus.js";
import { send } from "./api.js";
import { fail } from "./toast.js";

const WORDS = { predict: "Predicting", accept: "Handing over", teach: "Teaching" };
const running = new Map(); // by what

function show() {
  const [now] = [...running.values()].slice(-1);
  get("progress").hidden = now === undefined;
  if (now === undefined) return;
  const bar = get("progress-bar");
  if (now.total) {
    bar.max = now.total;
    bar.value = now.done;
  } else bar.removeAttribute("value");
  const count = now.total ? ` ${now.done} of ${now.total}` : "";
  get("progress-text").textContent = `${WORDS[now.what] ?? now.what}${count}${now.text ? ": " + now.text : ""}`;
  get("progress-cancel").ariaLabel = `Cancel: ${WORDS[now.what] ?? now.what}`;
}

export async function cancel(job, what) {
  try {
    if (what === "predict") await send("cancel", {});
    else await send(`jobs/${encodeURIComponent(job)}/cancel`, {});
  } catch (error) {
    fail(error);
  }
}

export function start() {
  on("server:progress", (event) => {
    running.delete(event.what);
    if (!(event.finished || (event.total && event.done >= event.total))) running.set(event.what, event);
    show();
  });
  on("connection", (what) => {
    if (what !== "lost") return;
    running.clear(); // what still runs is told anew
    show();
  });
  get("progress-cancel").addEventListener("click", () => {
    const [now] = [...running.values()].slice(-1);
    if (now) cancel(now.job, now.what);
  });
}
