// @ts-check
/** The session as the page knows it: columns of all segments, kept up to date by what each action changed. */

/** @typedef {import("./api.js").Header} Header */
/** @typedef {import("./api.js").Columns} Columns */

/** @template {Int32Array | Int16Array | Uint8Array | Float32Array} T
 * @param {T} old  @param {T} added  @returns {T} */
function joined(old, added) {
  const all = new /** @type {any} */ (old.constructor)(old.length + added.length);
  all.set(old);
  all.set(added, old.length);
  return all;
}

export class Model {
  constructor() {
    /** @type {Header} */
    this.header = { version: 0, count: 0, classes: [], image_names: [], image_sizes: [] };
    this.image = new Int32Array();
    this.area = new Int32Array();
    this.bbox = new Int32Array();
    this.labels = new Int16Array();
    this.flags = new Uint8Array();
    this.points = new Float32Array();
    this.order = new Int32Array();
    /** Counts up when segments of an image were replaced. @type {number[]} */
    this.partitions = [];
  }

  /** Take over an answer of the server.
   * @param {Header} header  @param {Columns} columns
   * @returns {{moved: boolean, before: Float32Array}} whether places changed, and the places before */
  apply(header, columns) {
    const before = this.points;
    if (header.whole) {
      for (const name of /** @type {const} */ (["image", "area", "bbox", "labels", "flags", "points", "order"])) {
        /** @type {any} */ (this)[name] = columns[name].slice();
      }
      this.partitions = this.partitions.map((n) => n + 1);
    } else {
      this.#applyChanges(columns);
    }
    this.header = header;
    while (this.partitions.length < header.images_loaded) this.partitions.push(0);
    return { moved: header.whole || "points" in columns, before };
  }

  /** @param {Columns} columns */
  #applyChanges(columns) {
    if ("image" in columns) {
      this.image = joined(this.image, columns.image);
      this.area = joined(this.area, columns.area);
      this.bbox = joined(this.bbox, columns.bbox);
      this.labels = joined(this.labels, columns.born_labels);
      this.flags = joined(this.flags, new Uint8Array(columns.image.length));
      this.order = columns.order.slice();
    }
    const { label_rows: rows, label_values: values, flag_rows: flagged, flag_values: flags } = columns;
    for (let k = 0; k < rows.length; k++) this.labels[rows[k]] = values[k];
    for (let k = 0; k < flagged.length; k++) {
      const i = flagged[k];
      if ((this.flags[i] ^ flags[k]) & 2) this.partitions[this.image[i]] = (this.partitions[this.image[i]] ?? 0) + 1;
      this.flags[i] = flags[k];
    }
    if ("points" in columns) this.points = columns.points.slice();
  }

  /** How many living segments each class has, and how many there are. */
  counts() {
    const of = new Array(this.header.classes.length).fill(0);
    let all = 0;
    let labelled = 0;
    for (let i = 0; i < this.labels.length; i++) {
      if (!(this.flags[i] & 2)) continue;
      all++;
      if (this.labels[i] >= 0) {
        labelled++;
        of[this.labels[i]]++;
      }
    }
    return { of, all, labelled };
  }
}
