// @ts-check
/** Under the open image: split, and the slider of finer and coarser segments. */

import { key } from "./palette.js";
import { WORDS } from "./words.js";

const CRITERIA = ["dynamics", "area", "volume", "parents", "minima"];

/** @typedef {{
 *   split: () => void, close: () => void,
 *   slider: (criterion: string) => Promise<{thresholds: number[], segments: number[]} | null>,
 *   preview: (criterion: string, threshold: number | null) => Promise<number | null>,
 *   apply: (criterion: string, threshold: number, all: boolean) => void,
 * }} Told */

export class ImageTools {
  /** @param {HTMLElement} element  @param {Told} told */
  constructor(element, told) {
    this.told = told;
    this.words = document.createElement("p");
    this.criterion = document.createElement("select");
    this.criterion.setAttribute("aria-label", WORDS.criterion);
    for (const name of CRITERIA) this.criterion.add(new Option(name, name));
    this.range = document.createElement("input");
    this.range.type = "range";
    this.range.min = "0";
    this.range.setAttribute("aria-label", WORDS.threshold);
    this.range.title = WORDS.cutHelp;
    this.count = document.createElement("output");
    this.apply = this.#button(WORDS.apply, "", () => this.#apply(false));
    this.applyAll = this.#button(WORDS.applyAll, "", () => this.#apply(true));
    element.append(
      this.words,
      this.#button(WORDS.commands.split, "S", told.split),
      this.criterion,
      this.range,
      this.count,
      this.apply,
      this.applyAll,
      this.#button(WORDS.commands.done, "Esc", told.close),
    );
    /** @type {{thresholds: number[], segments: number[]}} */
    this.positions = { thresholds: [], segments: [] };
    this.criterion.addEventListener("change", () => void this.load());
    this.range.addEventListener("input", () => void this.#preview());
    this.touched = false;
    this.#enable();
  }

  /** @param {string} text  @param {string} letter  @param {() => void} run */
  #button(text, letter, run) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    if (letter) button.append(key(letter));
    button.addEventListener("click", run);
    return button;
  }

  #enable() {
    this.apply.disabled = this.applyAll.disabled = !this.touched;
  }

  /** Positions of the slider for the open image. @param {number} [now]  segments it has */
  async load(now) {
    const positions = await this.told.slider(this.criterion.value);
    if (!positions) return;
    this.positions = positions;
    this.range.max = String(positions.thresholds.length - 1);
    if (now !== undefined) {
      const at = positions.segments.findIndex((n) => n >= now);
      this.range.value = String(at < 0 ? positions.segments.length - 1 : at);
      this.count.textContent = WORDS.segments(now);
      this.touched = false;
      this.#enable();
    } else await this.#preview();
  }

  async #preview() {
    const threshold = this.positions.thresholds[Number(this.range.value)];
    if (threshold === undefined) return;
    this.touched = true;
    this.#enable();
    const count = await this.told.preview(this.criterion.value, threshold);
    if (count !== null) this.count.textContent = WORDS.segments(count);
  }

  /** @param {boolean} all */
  #apply(all) {
    const threshold = this.positions.thresholds[Number(this.range.value)];
    if (threshold !== undefined) this.told.apply(this.criterion.value, threshold, all);
  }
}
