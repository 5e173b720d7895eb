// @ts-check
/** Pixels of thumbnails, fetched in sheets as rows appear. */

import { SIDE } from "./view.js";

const SHEET = 2048; // thumbnails asked for at once
const COLUMNS = 32;

export class Tiles {
  /** @param {import("./api.js").Api} api  @param {() => void} changed */
  constructor(api, changed) {
    this.api = api;
    this.changed = changed;
    /** @type {(Uint32Array | undefined)[]} 1024 thumbnails each */
    this.chunks = [];
    this.asked = 0;
    /** @type {Promise<void>} */
    this.pending = Promise.resolve();
  }

  /** Pixels around row i, or undefined where they are not here yet.
   * @param {number} i */
  chunk(i) {
    return this.chunks[i >> 10];
  }

  /** Fetch what is lacking of the first `count` rows.
   * @param {number} count */
  want(count) {
    while (this.asked < count) {
      const first = this.asked;
      const some = Math.min(SHEET, count - first);
      this.asked += some;
      this.pending = this.pending.then(() => this.#fetch(first, some));
    }
    return this.pending;
  }

  /** @param {number} first  @param {number} count */
  async #fetch(first, count) {
    const blob = await this.api.blob(`tiles/${first}/${count}`);
    const sheet = await createImageBitmap(blob);
    const canvas = new OffscreenCanvas(sheet.width, sheet.height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("no 2d canvas");
    context.drawImage(sheet, 0, 0);
    sheet.close();
    const pixels = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    for (let k = 0; k < count; k++) {
      const row = first + k;
      const chunk = (this.chunks[row >> 10] ??= new Uint32Array(1 << 20));
      let from = Math.floor(k / COLUMNS) * SIDE * canvas.width + (k % COLUMNS) * SIDE;
      for (let y = 0, to = (row & 1023) << 10; y < SIDE; y++, to += SIDE, from += canvas.width) {
        chunk.set(pixels.subarray(from, from + SIDE), to);
      }
    }
    this.changed();
  }
}
