// The model that predicts, and the choice of another one.
import { get } from "./dom.js";
import { on } from "./bus.js";
import { read } from "./api.js";
import { change, state } from "./state.js";
import { fail, toast } from "./toast.js";
import { tell } from "./bus.js";

/** Predicts all pictures anew; corrections stay. */
export async function predictWith(model) {
  if (!(await change("predict", { model }))) return;
  const name = state.session.models.find((one) => one.id === model)?.name ?? model;
  toast(`${name} predicts the pictures now; what you corrected stays.`);
  await refresh();
}

/** Asks for the session again: its models may be others. */
export async function refresh() {
  try {
    state.session = await read("session");
    tell("session", state.session);
  } catch (error) {
    fail(error);
  }
}

export function start() {
  const select = get("model");
  on("session", (session) => {
    select.replaceChildren(...session.models.map((one) => new Option(one.name, one.id)));
    select.value = session.current_model;
    get("project").textContent = session.project;
    document.title = `${session.project} · Auto ACR studio`;
  });
  select.addEventListener("change", () => predictWith(select.value));
}
