// @ts-check
/** Actions of the person: told to the server, and shown when they are on its disk. */

import { Refused } from "./api.js";
import { Commands, fillKeys } from "./commands.js";
import { ImageTools } from "./image_tools.js";
import { ImageView } from "./image_view.js";
import { Model } from "./model.js";
import { Palette } from "./palette.js";
import { Projection } from "./projection.js";
import { byId } from "./start.js";
import { Tiles } from "./tiles.js";
import { View } from "./view.js";
import { WORDS } from "./words.js";

const MODES = /** @type {const} */ (["show", "dim", "hide"]);
const STATUS_EVERY = 1500; // milliseconds
const BUSY_AFTER = 250; // milliseconds
const HOVER_AFTER = 120; // milliseconds
const VIEW_RESTS = 400; // milliseconds

/** @typedef {Record<string, any>} Action */

export class Studio {
  /** @param {import("./api.js").Api} api */
  constructor(api) {
    this.api = api;
    this.model = new Model();
    this.tiles = new Tiles(api, () => this.projection.redraw());
    this.projection = new Projection(
      /** @type {HTMLCanvasElement} */ (byId("thumbnails")),
      /** @type {HTMLCanvasElement} */ (byId("drawn")),
      this.model,
      this.tiles,
      {
        select: () => this.#selected(),
        hover: (row) => this.#hovered(row),
        open: (row) => void this.#open(row),
        similar: (row) => this.#similar(row),
        view: () => this.#rested(),
      },
    );
    this.imageView = new ImageView(/** @type {HTMLCanvasElement} */ (byId("picture")), this.model, api, {
      click: (row, add) => this.#clickInImage(row, add),
      hover: (row) => this.#hovered(row),
      split: () => {},
    });
    this.imageTools = new ImageTools(byId("image-tools"), {
      split: () => this.#split(),
      close: () => this.#escape(),
      slider: (criterion) => this.#quietly(this.api.json("slider", { image: this.model.header.open_image, criterion })),
      preview: (criterion, threshold) => this.#previewCut(criterion, threshold),
      apply: (criterion, threshold, all) => void this.#repartition(criterion, threshold, all),
    });
    this.palette = new Palette(byId("palette"), {
      choose: (index) => this.#label(index),
      name: (index, name) => void this.#send("class", { index, name }),
    });
    this.commands = new Commands(byId("commands"), this.#commands(), (event) => this.#key(event));
    /** @type {Promise<unknown>} actions wait for each other */
    this.queue = Promise.resolve();
    this.pending = 0;
    this.restAsked = false;
    this.settingView = false;
    /** Whether the session is shown. */
    this.begun = false;
    /** @type {number | undefined} */
    this.viewTimer = undefined;
    /** @type {number | undefined} */
    this.hoverTimer = undefined;
    byId("thumbnails").setAttribute("aria-label", WORDS.projection);
    byId("picture").setAttribute("aria-label", WORDS.imageView);
    fillKeys(/** @type {HTMLDialogElement} */ (byId("keys")));
    this.#hints();
  }

  async begin() {
    byId("projection").hidden = byId("side").hidden = false;
    await this.#load();
    this.say(WORDS.nothingSelected);
    byId("thumbnails").focus();
    window.setInterval(() => void this.#status(), STATUS_EVERY);
    await this.#status();
    this.begun = true;
  }

  async #load() {
    const [header, columns] = await this.api.frame("screen");
    await this.#apply(header, columns);
  }

  // -- actions -----------------------------------------------------------------------------------------------

  /** Carry out one action; resolves when it is on the disk and shown, with null where it was refused.
   * @param {Action} action */
  async act(action) {
    if (!("box" in action) && action.action !== "SetView") await this.#record(this.projection.view);
    return this.#send("act", { action });
  }

  /** @param {string} path  @param {object} message  @returns {Promise<import("./api.js").Header | null>} */
  #send(path, message) {
    const done = this.queue.then(() => this.#carryOut(path, message));
    this.queue = done;
    return done;
  }

  /** @param {string} path  @param {object} message */
  async #carryOut(path, message) {
    const busy = window.setTimeout(() => this.say(WORDS.working), BUSY_AFTER);
    this.pending++;
    document.body.setAttribute("aria-busy", "true");
    try {
      const [header, columns] = await this.api.frame(path, { ...message, version: this.model.header.version });
      await this.#apply(header, columns);
      window.clearTimeout(busy);
      this.say("");
      return header;
    } catch (error) {
      window.clearTimeout(busy);
      if (error instanceof Refused && error.status === 409) await this.#load();
      this.say(error instanceof Refused ? error.message : WORDS.lost, true);
      return null;
    } finally {
      if (--this.pending === 0) document.body.removeAttribute("aria-busy");
    }
  }

  /** @param {import("./api.js").Header} header  @param {import("./api.js").Columns} columns */
  async #apply(header, columns) {
    const { moved, before } = this.model.apply(header, columns);
    if (header.view && !this.settingView) this.projection.adopt(new View(header.view[0], header.view[1], header.view[2]));
    this.tiles.grow(header.count);
    this.projection.update(moved ? before : undefined);
    const wasOpen = this.imageView.image;
    byId("image").hidden = header.open_image === null;
    await this.imageView.update();
    if (header.open_image !== null && header.open_image !== wasOpen) {
      this.imageTools.words.textContent = header.image_names[header.open_image];
      void this.imageTools.load(this.#segmentsOf(header.open_image));
    }
    this.#count();
    this.commands.update();
  }

  /** @param {number} image */
  #segmentsOf(image) {
    let n = 0;
    for (let i = 0; i < this.model.image.length; i++) n += this.model.image[i] === image && this.model.flags[i] & 2 ? 1 : 0;
    return n;
  }

  /** Give the selection a label; without a selection, choose the class of clicks. @param {number} label */
  async #label(label) {
    const { projection, imageView } = this;
    const name = this.model.header.classes[label];
    if (name === undefined) return;
    this.palette.choose(label);
    let changed = 0;
    if (imageView.splitting?.parts) {
      await this.#confirmSplit(label);
      return;
    }
    if (imageView.selected.size) {
      const rows = [...imageView.selected];
      imageView.selected = new Set();
      const done = await this.act({ action: "LabelInImage", segments: rows, labels: rows.map(() => label) });
      changed += done?.changed ?? 0;
    }
    const picks = projection.picks;
    if (picks.length) projection.select([]);
    for (const pick of picks) {
      const action =
        pick.kind === "one"
          ? { action: "LabelSegment", segment: pick.row, label }
          : pick.kind === "similar"
            ? this.#radius(pick, label)
            : { action: "LabelBox", box: await this.#boxOf(pick), label };
      const done = await this.act(action);
      if (!done) return;
      changed += done.changed;
    }
    if (changed) this.say(WORDS.labelled(changed, name));
  }

  /** A drawn box as the session takes it, once the session has the view it was drawn in.
   * @param {{box: import("./view.js").Box, view: View}} pick */
  async #boxOf({ box, view }) {
    return (await this.#record(view)) ? box : view.toOverview(box);
  }

  /** A dragged radius as the session takes it: in pixels where it has views, as a number of segments where not.
   * @param {{row: number, rows: number[], reach: number}} pick  @param {number} label  @returns {Action} */
  #radius({ row, rows, reach }, label) {
    return this.model.header.view
      ? { action: "LabelRadius", segment: row, pixels: reach, label }
      : { action: "LabelNeighbors", segment: row, count: rows.length, label };
  }

  /** Tell a session that has views which one the person sees. @param {View} view  @returns {Promise<boolean>} */
  async #record(view) {
    const { view: known } = this.model.header;
    if (!known) return false;
    const { zoom, x, y } = view;
    if (view.equals(new View(known[0], known[1], known[2]))) return true;
    this.settingView = true; // the page is ahead of the session
    await this.act({ action: "SetView", zoom, x, y });
    this.settingView = false;
    return true;
  }

  /** The view came to rest: it becomes part of the trace. */
  #rested() {
    window.clearTimeout(this.viewTimer);
    this.viewTimer = window.setTimeout(() => void this.#record(this.projection.view), VIEW_RESTS);
  }

  /** @param {number} row */
  async #open(row) {
    this.projection.select([]);
    if (await this.act({ action: "OpenImage", image: this.model.image[row] })) this.say(WORDS.opened);
  }

  /** @param {number} row  @param {boolean} add */
  #clickInImage(row, add) {
    if (row < 0) return;
    if (add) {
      const { selected } = this.imageView;
      if (!selected.delete(row)) selected.add(row);
      this.imageView.redraw();
      this.say(WORDS.selected(selected.size));
      return;
    }
    const label = this.palette.chosen;
    void this.act({ action: "LabelInImage", segments: [row], labels: [label] }).then((done) => {
      if (done) this.say(WORDS.labelled(1, this.model.header.classes[label]));
    });
  }

  #split() {
    const { imageView } = this;
    const row = imageView.selected.size === 1 ? [...imageView.selected][0] : imageView.hovered;
    if (row < 0 || this.model.image[row] !== imageView.image) {
      this.say(WORDS.splitNeeds, true);
      return;
    }
    imageView.beginSplit(row);
    this.say(WORDS.splitHelp);
  }

  /** @param {number | null} label */
  async #confirmSplit(label) {
    const { splitting } = this.imageView;
    if (!splitting?.parts) return;
    const { row, positive, negative } = splitting;
    this.imageView.endSplit();
    const done = await this.act({ action: "Split", segment: row, positive, negative, label });
    if (done) this.say(WORDS.changed(WORDS.commands.split, done.changed));
  }

  /** @param {string} criterion  @param {number | null} threshold */
  async #previewCut(criterion, threshold) {
    const answer = await this.#quietly(
      this.api.frame("preview/cut", { image: this.model.header.open_image, criterion, threshold }),
    );
    if (!answer) return null;
    this.imageView.tryCut(answer[1].contours);
    return answer[0].segments;
  }

  /** @param {string} criterion  @param {number} threshold  @param {boolean} all */
  async #repartition(criterion, threshold, all) {
    const open = this.model.header.open_image;
    const images = all ? [...Array(this.model.header.images_loaded).keys()] : [open];
    let changed = 0;
    for (const image of images) {
      const done = await this.act({ action: "Repartition", image, criterion, threshold });
      if (!done) return;
      changed += done.changed;
    }
    this.imageView.tryCut(null);
    void this.imageTools.load(this.#segmentsOf(open));
    this.say(WORDS.changed(WORDS.apply, changed));
  }

  /** @param {number} row */
  async #similar(row) {
    const answer = await this.#quietly(this.api.frame("similar", { segment: row }));
    return answer && { rows: answer[1].rows, distances: answer[1].distances };
  }

  /** @template T  @param {Promise<T>} asked  @returns {Promise<T | null>} */
  async #quietly(asked) {
    try {
      return await asked;
    } catch (error) {
      this.say(error instanceof Refused ? error.message : WORDS.lost, true);
      return null;
    }
  }

  // -- commands and keys -------------------------------------------------------------------------------------

  /** @returns {import("./commands.js").Command[]} */
  #commands() {
    const { commands: words } = WORDS;
    const header = () => this.model.header;
    const onBox = (/** @type {(box: number[]) => Action} */ action) => async () => {
      const pick = this.projection.picks.find((p) => p.kind === "box");
      if (!pick || pick.kind !== "box") return;
      this.projection.select([]);
      const done = await this.act(action(await this.#boxOf(pick)));
      if (done?.focused) this.projection.show(View.overview());
    };
    const views = () => Boolean(header().view);
    const hasBox = () => this.projection.picks.some((p) => p.kind === "box");
    const simple = (/** @type {string} */ action, /** @type {string} */ name) => () => {
      void this.act({ action }).then((done) => done && this.say(WORDS.changed(name, done.changed)));
    };
    return [
      { name: words.undo, letter: "U", run: simple("Undo", words.undo), enabled: () => header().undoable > 0 },
      {
        name: words.redo,
        letter: "Y",
        run: () => void this.#send("redo", {}).then((done) => done && this.say(WORDS.changed(words.redo, done.changed))),
        enabled: () => header().redoable > 0,
      },
      { name: words.overview, letter: "0", run: () => void this.#overview() },
      { name: words.zoom, letter: "Z", run: onBox((box) => ({ action: "Zoom", box })), enabled: () => views() && hasBox() },
      {
        name: words.grid,
        letter: "D",
        run: () => {
          if (hasBox()) void onBox((box) => ({ action: "GridBox", box }))();
          else void this.act({ action: "Grid" });
        },
        enabled: views,
      },
      { name: words.focus, letter: "F", run: onBox((box) => ({ action: "FocusBox", box })), enabled: hasBox },
      {
        name: words.unfocus,
        letter: "G",
        run: () => void this.act({ action: "Unfocus" }).then(() => this.projection.show(View.overview())),
        enabled: () => header().focused === true,
      },
      {
        name: words.refine,
        letter: "X",
        run: onBox((box) => ({ action: "RefineBox", box, threshold: header().threshold / 2 })),
        enabled: hasBox,
      },
      { name: words.learn, letter: "L", run: simple("LearnMetric", words.learn) },
      { name: words.reproject, letter: "P", run: simple("Reproject", words.reproject) },
      { name: words.uncertain, letter: "Q", run: () => void this.#uncertain() },
      {
        name: words.more,
        letter: "M",
        run: simple("RequestBatch", words.more),
        enabled: () => header().images_waiting > 0,
      },
      {
        name: words.confirm,
        letter: "K",
        run: simple("Confirm", words.confirm),
        enabled: () => views() && header().open_image !== null,
      },
      { name: words.rest, letter: "R", run: () => this.#rest() },
      { name: words.labelled, letter: "H", run: () => this.#mode() },
      { name: words.save, letter: "W", run: () => void this.#save() },
      { name: words.keys, letter: "?", run: () => /** @type {HTMLDialogElement} */ (byId("keys")).showModal() },
    ];
  }

  #save() {
    const done = this.queue.then(async () => {
      this.say(WORDS.working);
      const saved = await this.#quietly(this.api.json("save", {}));
      if (saved) this.say(WORDS.saved(saved.images, saved.formats, saved.folder));
    });
    this.queue = done;
    return done;
  }

  async #overview() {
    if (this.model.header.view) await this.act({ action: "ZoomOut" });
    else this.projection.show(View.overview());
  }

  async #uncertain() {
    const done = await this.act({ action: "ShowUncertain" });
    if (!done || typeof done.highlight !== "number") return;
    const { points } = this.model;
    const [x, y] = [points[2 * done.highlight], points[2 * done.highlight + 1]];
    this.projection.show(View.around(x, y, this.projection.view.zoom));
    this.projection.cursor = done.highlight;
    this.#hovered(done.highlight);
  }

  #rest() {
    const label = this.palette.chosen;
    const name = this.model.header.classes[label];
    if (!this.restAsked) {
      this.restAsked = true;
      this.say(WORDS.restHelp(name));
      return;
    }
    this.restAsked = false;
    void this.act({ action: "LabelRest", label }).then((done) => done && this.say(WORDS.labelled(done.changed, name)));
  }

  #mode() {
    const { scene } = this.projection;
    this.projection.showLabelled(MODES[(MODES.indexOf(scene.labelled) + 1) % MODES.length]);
    const { labelled, dim, hide } = WORDS.commands;
    this.commands.rename("H", { show: labelled, dim, hide }[scene.labelled]);
  }

  /** @param {KeyboardEvent} event  @returns {boolean} whether the key meant something */
  #key(event) {
    const { projection } = this;
    if (event.key !== "r" && event.key !== "R") this.restAsked = false;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      void (event.shiftKey ? this.#send("redo", {}) : this.act({ action: "Undo" }));
      return true;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (/^[1-9]$/.test(event.key)) {
      void this.#label(Number(event.key) - 1);
      return true;
    }
    if (event.target instanceof HTMLInputElement) return false; // arrows move a slider
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (arrow) {
      const [dx, dy] = arrow;
      if (event.shiftKey) projection.show(projection.view.panned(-dx * 100, -dy * 100));
      else projection.step(dx, dy);
      return true;
    }
    const onButton = event.target instanceof HTMLButtonElement;
    if ((event.key === " " || event.key === "Enter") && onButton) return false;
    switch (event.key) {
      case "+":
      case "=":
        projection.show(projection.view.scaled(1.25, 800, 600));
        return true;
      case "-":
        projection.show(projection.view.scaled(0.8, 800, 600));
        return true;
      case " ":
        projection.pickHere();
        return true;
      case "b":
      case "B":
        projection.anchorHere();
        return true;
      case "o":
      case "O": {
        const row = projection.cursor >= 0 ? projection.cursor : projection.hovered;
        if (row >= 0) void this.#open(row);
        return true;
      }
      case "Enter":
        if (this.imageView.splitting) void this.#confirmSplit(null);
        else void this.#label(this.palette.chosen);
        return true;
      case "s":
      case "S":
        this.#split();
        return true;
      case "n":
      case "N":
        this.palette.edit(null);
        return true;
      case "e":
      case "E":
        this.palette.edit(this.palette.chosen);
        return true;
      case "Escape":
        this.#escape();
        return true;
      default:
        return false;
    }
  }

  #escape() {
    const { imageView, projection } = this;
    if (imageView.splitting) imageView.endSplit();
    else if (imageView.contours) imageView.tryCut(null);
    else if (imageView.selected.size) {
      imageView.selected = new Set();
      imageView.redraw();
    } else if (projection.picks.length) projection.select([]);
    else if (this.model.header.open_image !== null) void this.act({ action: "CloseImage" });
    projection.cursor = -1;
    projection.anchor = null;
    projection.redraw();
  }

  // -- what is shown -----------------------------------------------------------------------------------------

  /** @param {string} text  @param {boolean} [alert] */
  say(text, alert = false) {
    const message = byId("message");
    message.textContent = text;
    message.classList.toggle("alert", alert);
  }

  #selected() {
    const { count } = this.projection;
    this.say(count ? WORDS.selected(count) : WORDS.nothingSelected);
    this.commands.update();
  }

  #count() {
    const { of, all, labelled } = this.model.counts();
    this.palette.update(this.model.header.classes, of);
    byId("counts").textContent = WORDS.counts(labelled, all);
  }

  /** @param {number} row */
  #hovered(row) {
    this.projection.hover(row);
    this.imageView.hover(row);
    window.clearTimeout(this.hoverTimer);
    if (row >= 0) this.hoverTimer = window.setTimeout(() => this.#showCrop(row), HOVER_AFTER);
  }

  /** @param {number} row */
  #showCrop(row) {
    const { model } = this;
    for (const id of ["crop", "place"]) {
      const picture = /** @type {HTMLImageElement} */ (byId(id));
      const address = this.api.address(`${id}/${row}`);
      if (picture.getAttribute("src") !== address) picture.src = address;
      picture.hidden = false;
    }
    const label = model.labels[row];
    const words = [model.header.image_names[model.image[row]], WORDS.segment(model.area[row])];
    words.push(label < 0 ? WORDS.noLabel : model.header.classes[label]);
    byId("hovered-words").textContent = words.join(", ");
  }

  async #status() {
    try {
      const status = await this.api.json("status");
      const { header } = this.model;
      const total = header.images_loaded + header.images_waiting;
      let words = WORDS.images(header.images_loaded, total);
      if (status.prepared < status.total) {
        const done = Object.entries(status.stages).map(([name, [n, of]]) => {
          return `${/** @type {Record<string, string>} */ (WORDS.stages)[name] ?? name} ${n}/${of}`;
        });
        words += `. ${WORDS.preparingMore}: ${done.join(", ")}`;
      }
      byId("batches").textContent = words;
      if (status.problem) this.say(status.problem, true);
      if (status.version !== header.version && !this.pending) await this.#load();
    } catch {
      this.say(WORDS.lost, true);
    }
  }

  #hints() {
    const hints = byId("hints");
    const list = document.createElement("ol");
    for (const text of WORDS.hints) {
      const item = document.createElement("li");
      item.textContent = text;
      list.append(item);
    }
    const done = document.createElement("button");
    done.type = "button";
    done.textContent = WORDS.hintDone;
    done.addEventListener("click", () => hints.replaceChildren());
    hints.append(list, done);
  }
}
