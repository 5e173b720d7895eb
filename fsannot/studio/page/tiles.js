// @ts-check
/** Pixels of thumbnails: those that can be seen are fetched first, the others when nothing else is to be done. */

import { SIDE } from "./view.js";

const SHEET = 1024; // thumbnails asked for at once
const COLUMNS = 32;
const IDLE = 300; // milliseconds without a wish before others are fetched

export class Tiles {
  /** @param {import("./api.js").Api} api  @param {() => void} changed */
  constructor(api, changed) {
    this.api = api;
    this.changed = changed;
    /** @type {(Uint32Array | undefined)[]} 1024 thumbnails each */
    this.chunks = [];
    /** 0 = not here, 1 = asked for, 2 = here */
    this.state = new Uint8Array();
    /** @type {number[]} rows that can be seen and are not here */
    this.wanted = [];
    this.next = 0;
    this.here = 0;
    this.busy = false;
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  /** Pixels around row i, or undefined where they are not here yet. @param {number} i */
  chunk(i) {
    return this.state[i] === 2 ? this.chunks[i >> 10] : undefined;
  }

  /** There are so many rows now. @param {number} count */
  grow(count) {
    if (count <= this.state.length) return;
    const state = new Uint8Array(count);
    state.set(this.state);
    this.state = state;
  }

  /** Fetch first what is lacking of what can be seen. @param {Uint16Array} visible  pixels of each row */
  want(visible) {
    if (this.here === this.state.length) return;
    const wanted = [];
    for (let i = 0; i < this.state.length; i++) if (visible[i] && !this.state[i]) wanted.push(i);
    this.wanted = wanted;
    void this.#work();
  }

  async #work() {
    if (this.busy) return;
    this.busy = true;
    window.clearTimeout(this.timer);
    try {
      while (this.wanted.length) await this.#fetch(this.wanted.splice(0, SHEET));
    } catch {
      // the server does not answer; whoever asks it next says so
    }
    this.busy = false;
    this.timer = window.setTimeout(() => this.#others(), IDLE);
  }

  #others() {
    while (this.next < this.state.length && this.state[this.next]) this.next++;
    if (this.next === this.state.length) return;
    for (let i = this.next; i < this.state.length && this.wanted.length < SHEET; i++) {
      if (!this.state[i]) this.wanted.push(i);
    }
    void this.#work();
  }

  /** @param {number[]} rows */
  async #fetch(rows) {
    for (const row of rows) this.state[row] = 1;
    let pixels;
    try {
      pixels = await this.#pixels(rows);
    } catch (error) {
      for (const row of rows) this.state[row] = 0;
      throw error;
    }
    const width = COLUMNS * SIDE;
    rows.forEach((row, k) => {
      const chunk = (this.chunks[row >> 10] ??= new Uint32Array(1 << 20));
      let from = Math.floor(k / COLUMNS) * SIDE * width + (k % COLUMNS) * SIDE;
      for (let y = 0, to = (row & 1023) << 10; y < SIDE; y++, to += SIDE, from += width) {
        chunk.set(pixels.subarray(from, from + SIDE), to);
      }
      this.state[row] = 2;
    });
    this.here += rows.length;
    this.changed();
  }

  /** @param {number[]} rows  @returns {Promise<Uint32Array>} of a sheet of thumbnails, 32 a row */
  async #pixels(rows) {
    const sheet = await createImageBitmap(await (await this.api.ask("tiles", { rows })).blob());
    const canvas = new OffscreenCanvas(sheet.width, sheet.height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("no 2d canvas");
    context.drawImage(sheet, 0, 0);
    sheet.close();
    return new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  }
}
