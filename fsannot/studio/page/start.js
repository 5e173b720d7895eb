// @ts-check
/** What is shown while the first images are prepared. */

import { WORDS } from "./words.js";

const EVERY = 400; // milliseconds

/** @param {string} id  @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found;
}

export class Start {
  /** @param {import("./api.js").Api} api */
  constructor(api) {
    this.api = api;
  }

  /** Wait until the session is open. */
  async ready() {
    byId("start-title").textContent = WORDS.preparing;
    for (;;) {
      try {
        const status = await this.api.json("status");
        if (status.phase === "ready") break;
        this.#show(status);
      } catch {
        byId("start-problem").textContent = WORDS.lost;
      }
      await new Promise((done) => setTimeout(done, EVERY));
    }
    byId("start").hidden = true;
  }

  /** @param {{problem: string | null, stages: Record<string, [number, number]>}} status */
  #show({ problem, stages }) {
    byId("start-problem").textContent = problem ? `${WORDS.failed} ${problem}` : "";
    byId("start-stages").replaceChildren(
      ...Object.entries(stages).map(([name, [done, of]]) => {
        const item = document.createElement("li");
        const bar = document.createElement("progress");
        const words = /** @type {Record<string, string>} */ (WORDS.stages)[name] ?? name;
        bar.max = of;
        bar.value = done;
        bar.setAttribute("aria-label", words);
        item.append(bar, ` ${words} ${done}/${of}`);
        return item;
      }),
    );
  }
}
