// @ts-check
/** The Image View: an image with its segments, clicked one after the other, or split by clicks. */

import { filled, labelled, twoParts } from "./overlay.js";

/** @typedef {{
 *   click: (row: number, add: boolean) => void, hover: (row: number) => void, split: (ready: boolean) => void,
 * }} Told */
/** @typedef {[number, number]} Click  y, x */

/** @param {ImageData} data */
function asCanvas(data) {
  const canvas = new OffscreenCanvas(data.width, data.height);
  /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d")).putImageData(data, 0, 0);
  return canvas;
}

export class ImageView {
  /** @param {HTMLCanvasElement} canvas  @param {import("./model.js").Model} model
   * @param {import("./api.js").Api} api  @param {Told} told */
  constructor(canvas, model, api, told) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.model = model;
    this.api = api;
    this.told = told;
    /** @type {number | null} */
    this.image = null;
    /** @type {ImageBitmap | null} */
    this.picture = null;
    /** @type {import("./overlay.js").Partition | null} */
    this.partition = null;
    this.partitionVersion = -1;
    /** @type {OffscreenCanvas | null} */
    this.labels = null;
    /** @type {Uint8Array | null} */
    this.contours = null;
    this.hovered = -1;
    /** @type {Set<number>} */
    this.selected = new Set();
    /** @type {{row: number, positive: Click[], negative: Click[], parts: OffscreenCanvas | null, box: number[]} | null} */
    this.splitting = null;
    this.zoom = 1;
    this.offset = [0, 0];
    this.waiting = false;
    new ResizeObserver(() => this.redraw()).observe(canvas);
    this.#listen();
  }

  /** Show the open image as the model has it now; fetches what changed. */
  async update() {
    const open = this.model.header.open_image;
    if (open === null || open === undefined) {
      this.image = null;
      this.picture = null;
      this.partition = null;
      this.splitting = null;
      this.contours = null;
      return;
    }
    const [height, width] = this.model.header.image_sizes[open];
    if (open !== this.image) {
      this.image = open;
      this.partition = null;
      this.splitting = null;
      this.contours = null;
      this.selected = new Set();
      this.zoom = 1;
      this.offset = [0, 0];
      this.picture = await createImageBitmap(await this.api.blob(`image/${open}`));
    }
    const version = this.model.partitions[open];
    if (!this.partition || version !== this.partitionVersion) {
      const [, { rows }] = await this.api.frame(`rows/${open}`);
      this.partition = { width, height, rows };
      this.partitionVersion = version;
    }
    this.relabel();
  }

  /** Draw labels and contours anew. */
  relabel() {
    if (!this.partition) return;
    this.labels = asCanvas(labelled(this.partition, this.model.labels, this.contours));
    this.redraw();
  }

  /** @param {Uint8Array | null} contours  of a cut that is tried */
  tryCut(contours) {
    this.contours = contours;
    this.relabel();
  }

  /** @param {number} row */
  hover(row) {
    if (row === this.hovered) return;
    this.hovered = row;
    this.redraw();
  }

  redraw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  /** Scale and corner of the image on the canvas. */
  #frame() {
    const { width, height } = this.canvas;
    const size = this.partition ?? { width: 1, height: 1 };
    const scale = Math.min(width / size.width, height / size.height) * this.zoom;
    return {
      scale,
      left: (width - size.width * scale) / 2 + this.offset[0],
      top: (height - size.height * scale) / 2 + this.offset[1],
    };
  }

  draw() {
    const { canvas, context, partition } = this;
    const box = canvas.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(box.width * ratio));
    canvas.height = Math.max(1, Math.round(box.height * ratio));
    if (!partition || !this.picture || !this.labels) return;
    const { scale, left, top } = this.#frame();
    context.setTransform(scale, 0, 0, scale, left, top);
    context.imageSmoothingEnabled = scale < 2;
    context.drawImage(this.picture, 0, 0, partition.width, partition.height);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.labels, 0, 0);
    if (this.selected.size) this.#fill([...this.selected], [255, 95, 208, 130]);
    if (this.hovered >= 0 && this.model.image[this.hovered] === this.image) this.#fill([this.hovered], [255, 255, 255, 110]);
    this.#drawSplit(scale);
  }

  /** @param {number[]} rows  @param {[number, number, number, number]} color */
  #fill(rows, color) {
    if (!this.partition) return;
    const { bbox } = this.model;
    const chosen = new Set(rows);
    const box = /** @type {[number, number, number, number]} */ ([
      Math.min(...rows.map((r) => bbox[4 * r])),
      Math.min(...rows.map((r) => bbox[4 * r + 1])),
      Math.max(...rows.map((r) => bbox[4 * r + 2])),
      Math.max(...rows.map((r) => bbox[4 * r + 3])),
    ]);
    this.context.drawImage(asCanvas(filled(this.partition, (row) => chosen.has(row), box, color)), box[1], box[0]);
  }

  /** @param {number} scale */
  #drawSplit(scale) {
    const { context, splitting } = this;
    if (!splitting) return;
    if (splitting.parts) context.drawImage(splitting.parts, splitting.box[1], splitting.box[0]);
    else this.#fill([splitting.row], [255, 255, 255, 60]);
    for (const [clicks, color, sign] of /** @type {[Click[], string, string][]} */ ([
      [splitting.positive, "#009e73", "+"],
      [splitting.negative, "#d55e00", "−"],
    ])) {
      for (const [y, x] of clicks) {
        context.beginPath();
        context.arc(x + 0.5, y + 0.5, 9 / scale, 0, 2 * Math.PI);
        context.fillStyle = color;
        context.strokeStyle = "#ffffff";
        context.lineWidth = 2 / scale;
        context.fill();
        context.stroke();
        context.fillStyle = "#ffffff";
        context.font = `bold ${16 / scale}px sans-serif`;
        context.textAlign = "center";
        context.textBaseline = "middle";
        context.fillText(sign, x + 0.5, y + 0.5);
      }
    }
  }

  // -- splitting ---------------------------------------------------------------------------------------------

  /** @param {number} row */
  beginSplit(row) {
    this.splitting = { row, positive: [], negative: [], parts: null, box: [0, 0, 0, 0] };
    this.told.split(false);
    this.redraw();
  }

  endSplit() {
    this.splitting = null;
    this.redraw();
  }

  /** @param {Click} click  @param {boolean} positive */
  async #splitClick(click, positive) {
    const { splitting } = this;
    if (!splitting) return;
    (positive ? splitting.positive : splitting.negative).push(click);
    this.redraw();
    if (!splitting.positive.length || !splitting.negative.length) return;
    try {
      const { row, positive: yes, negative: no } = splitting;
      const [header, { parts }] = await this.api.frame("preview/split", { segment: row, positive: yes, negative: no });
      if (this.splitting !== splitting) return;
      const [y0, x0, y1, x1] = header.box;
      splitting.box = header.box;
      splitting.parts = asCanvas(twoParts(parts, x1 - x0, y1 - y0));
      this.told.split(true);
    } catch {
      (positive ? splitting.positive : splitting.negative).pop(); // e.g. the same pixel on both sides
    }
    this.redraw();
  }

  // -- pointer -----------------------------------------------------------------------------------------------

  /** Pixel of the image under the pointer, or null. @param {MouseEvent} event  @returns {Click | null} */
  pixelAt(event) {
    if (!this.partition) return null;
    const box = this.canvas.getBoundingClientRect();
    const { scale, left, top } = this.#frame();
    const x = Math.floor((((event.clientX - box.left) / box.width) * this.canvas.width - left) / scale);
    const y = Math.floor((((event.clientY - box.top) / box.height) * this.canvas.height - top) / scale);
    const { width, height } = this.partition;
    return x >= 0 && y >= 0 && x < width && y < height ? [y, x] : null;
  }

  /** @param {MouseEvent} event */
  rowAt(event) {
    const place = this.pixelAt(event);
    return place && this.partition ? this.partition.rows[place[0] * this.partition.width + place[1]] : -1;
  }

  #listen() {
    const { canvas } = this;
    /** @type {{x: number, y: number, offset: number[], moved: boolean, button: number} | null} */
    let press = null;
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("pointerdown", (event) => {
      canvas.focus();
      canvas.setPointerCapture(event.pointerId);
      press = { x: event.clientX, y: event.clientY, offset: this.offset, moved: false, button: event.button };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (press) {
        const dx = event.clientX - press.x;
        const dy = event.clientY - press.y;
        press.moved ||= Math.hypot(dx, dy) > 4;
        if (press.moved && press.button !== 2) {
          const ratio = window.devicePixelRatio || 1;
          this.offset = [press.offset[0] + dx * ratio, press.offset[1] + dy * ratio];
          this.redraw();
        }
        return;
      }
      const row = this.rowAt(event);
      if (row !== this.hovered) {
        this.hover(row);
        this.told.hover(row);
      }
    });
    canvas.addEventListener("pointerup", (event) => {
      if (!press) return;
      const { moved, button } = press;
      press = null;
      const place = this.pixelAt(event);
      if (moved || !place || button === 1) return;
      const row = this.rowAt(event);
      if (this.splitting) {
        if (row === this.splitting.row) void this.#splitClick(place, button === 0 && !event.shiftKey);
      } else if (button === 0) this.told.click(row, event.shiftKey);
    });
    canvas.addEventListener("pointerleave", () => {
      if (press) return;
      this.hover(-1);
      this.told.hover(-1);
    });
    canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        const before = this.#frame();
        const box = canvas.getBoundingClientRect();
        const px = ((event.clientX - box.left) / box.width) * canvas.width;
        const py = ((event.clientY - box.top) / box.height) * canvas.height;
        this.zoom = Math.min(Math.max(this.zoom * 1.0015 ** -event.deltaY, 1), 40);
        const after = this.#frame();
        const ratio = after.scale / before.scale;
        this.offset = [
          this.offset[0] + px - (px - before.left) * ratio - after.left,
          this.offset[1] + py - (py - before.top) * ratio - after.top,
        ];
        if (this.zoom === 1) this.offset = [0, 0];
        this.redraw();
      },
      { passive: false },
    );
  }
}
