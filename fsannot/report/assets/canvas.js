// The canvas the segments lie on: drawing, finding the point under the pointer, zoom.

const WORLD = { width: 1600, height: 1200 };
const CELL = 32;
const NOWHERE = 65535;

// Lay a one-coloured stamp over opaque pixels, with its corner at (x, y).
function blend(picture, stamp, x, y) {
  const { data, width, height } = picture, { coverage, size, colour } = stamp;
  const top = Math.max(0, -y), bottom = Math.min(size, height - y), left = Math.max(0, -x), right = Math.min(size, width - x);
  for (let row = top; row < bottom; row++) {
    let at = ((y + row) * width + x + left) * 4;
    for (let column = left; column < right; column++, at += 4) {
      const alpha = coverage[row * size + column];
      if (alpha === 0) continue;
      data[at] += ((colour[0] - data[at]) * alpha) >> 8;
      data[at + 1] += ((colour[1] - data[at + 1]) * alpha) >> 8;
      data[at + 2] += ((colour[2] - data[at + 2]) * alpha) >> 8;
    }
  }
}

class PointCanvas {
  constructor(session, marks) {
    this.session = session;
    this.marks = marks;
    this.frame = 0;
    this.view = { zoom: 1, x: WORLD.width / 2, y: WORLD.height / 2 };
    this.thumbnails = false;
    this.errors = false;
    this.current = -1;
    this.image = -1;
    this.node = el("canvas", { class: "points", tabindex: 0, role: "application" });
    this.context = this.node.getContext("2d");
    this.pending = false;
  }

  show(frame) {
    this.frame = frame;
    this.labels = this.session.labels(frame);
    this.layout = this.session.layout(frame);
    this.index();
    if (this.current >= 0 && !this.visible(this.current)) this.current = -1;
    this.redraw();
  }

  visible(segment) {
    return this.layout[2 * segment] !== NOWHERE;
  }

  resize() {
    const ratio = window.devicePixelRatio || 1, width = this.node.clientWidth, height = this.node.clientHeight;
    if (!width || !height) return;
    this.node.width = Math.round(width * ratio);
    this.node.height = Math.round(height * ratio);
    this.redraw();
  }

  redraw() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.draw();
    });
  }

  // Canvas pixels → pixels of the element, and back.
  get scale() {
    return (this.node.clientWidth / WORLD.width) * this.view.zoom;
  }
  screen(segment) {
    const q = this.session.positionScale, s = this.scale;
    return [
      (this.layout[2 * segment] / q - this.view.x) * s + this.node.clientWidth / 2,
      (this.layout[2 * segment + 1] / q - this.view.y) * s + this.node.clientHeight / 2,
    ];
  }
  world(x, y) {
    const s = this.scale;
    return [(x - this.node.clientWidth / 2) / s + this.view.x, (y - this.node.clientHeight / 2) / s + this.view.y];
  }

  // Points in cells of a grid, by counting: the one under the pointer is found without looking at all of them.
  index() {
    const columns = WORLD.width / CELL + 1, rows = Math.ceil(WORLD.height / CELL) + 1, { count, positionScale } = this.session;
    const starts = new Uint32Array(columns * rows + 1), cells = new Int32Array(count).fill(-1);
    for (let i = 0; i < count; i++) {
      if (!this.visible(i)) continue;
      const column = Math.min(columns - 1, Math.floor(this.layout[2 * i] / positionScale / CELL));
      const row = Math.min(rows - 1, Math.floor(this.layout[2 * i + 1] / positionScale / CELL));
      cells[i] = row * columns + column;
      starts[cells[i] + 1]++;
    }
    for (let c = 0; c < columns * rows; c++) starts[c + 1] += starts[c];
    const fill = starts.slice(), members = new Uint32Array(starts[columns * rows]);
    for (let i = 0; i < count; i++) if (cells[i] >= 0) members[fill[cells[i]]++] = i;
    this.grid = { columns, rows, starts, members };
  }

  nearest(x, y, reach) {
    const [wx, wy] = this.world(x, y), radius = reach / this.scale, { columns, rows, starts, members } = this.grid;
    const q = this.session.positionScale;
    let best = -1, least = radius * radius;
    const top = Math.max(0, Math.floor((wy - radius) / CELL)), bottom = Math.min(rows - 1, Math.floor((wy + radius) / CELL));
    const left = Math.max(0, Math.floor((wx - radius) / CELL)), right = Math.min(columns - 1, Math.floor((wx + radius) / CELL));
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const cell = row * columns + column;
        for (let k = starts[cell]; k < starts[cell + 1]; k++) {
          const i = members[k];
          if (this.image >= 0 && this.session.image[i] !== this.image) continue;
          const dx = this.layout[2 * i] / q - wx, dy = this.layout[2 * i + 1] / q - wy;
          if (dx * dx + dy * dy <= least) {
            least = dx * dx + dy * dy;
            best = i;
          }
        }
      }
    }
    return best;
  }

  // The next point in a direction: near, and not too far off to the side.
  neighbor(dx, dy) {
    const from = this.current, { count } = this.session;
    if (from < 0) {
      for (let reach = 40; reach < 4000; reach *= 2) {
        const middle = this.nearest(this.node.clientWidth / 2, this.node.clientHeight / 2, reach);
        if (middle >= 0) return middle;
      }
      return -1;
    }
    const x = this.layout[2 * from], y = this.layout[2 * from + 1];
    let best = -1, least = Infinity;
    for (let i = 0; i < count; i++) {
      if (i === from || !this.visible(i) || (this.image >= 0 && this.session.image[i] !== this.image)) continue;
      const ox = this.layout[2 * i] - x, oy = this.layout[2 * i + 1] - y, along = ox * dx + oy * dy;
      if (along <= 0) continue;
      const aside = Math.abs(ox * dy - oy * dx), cost = along + 2.5 * aside;
      if (aside <= 2 * along && cost < least) {
        least = cost;
        best = i;
      }
    }
    return best;
  }

  zoomBy(factor, x = this.node.clientWidth / 2, y = this.node.clientHeight / 2) {
    const [wx, wy] = this.world(x, y);
    this.view.zoom = Math.min(40, Math.max(1, this.view.zoom * factor));
    const [nx, ny] = this.world(x, y);
    this.moveTo(this.view.x + wx - nx, this.view.y + wy - ny);
  }
  moveTo(x, y) {
    const halfX = WORLD.width / 2 / this.view.zoom, halfY = WORLD.height / 2 / this.view.zoom;
    this.view.x = Math.min(WORLD.width - halfX, Math.max(halfX, x));
    this.view.y = Math.min(WORLD.height - halfY, Math.max(halfY, y));
    this.redraw();
  }
  reveal(segment) {
    const [x, y] = this.screen(segment), w = this.node.clientWidth, h = this.node.clientHeight;
    if (x > 20 && y > 20 && x < w - 20 && y < h - 20) return;
    const q = this.session.positionScale;
    this.moveTo(this.layout[2 * segment] / q, this.layout[2 * segment + 1] / q);
  }

  get radius() {
    const base = 6.2 - Math.log10(Math.max(10, this.session.count)) * 1.02;
    return Math.max(1.7, base) * Math.min(2.6, this.view.zoom ** 0.45) * Math.max(0.75, this.node.clientWidth / 900);
  }

  draw() {
    const ratio = window.devicePixelRatio || 1, context = this.context, w = this.node.clientWidth, h = this.node.clientHeight;
    if (!w || !this.layout) return;
    const { zoom, x, y } = this.view;
    const state = [this.node.width, this.node.height, w, h, ratio, this.frame, zoom, x, y, this.image, this.thumbnails, this.errors].join();
    if (state !== this.drawn) {
      this.drawn = state;
      this.base ??= el("canvas");
      Object.assign(this.base, { width: this.node.width, height: this.node.height });
      const base = this.base.getContext("2d");
      this.paint(base, w, ratio, this.radius, this.frame);
      base.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.drawBox(base);
      if (this.thumbnails) this.drawThumbnails(base, w, h);
      if (this.errors) this.drawErrors(base);
    }
    // moving the pointer only moves the ring: the rest is copied
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.base, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (this.current >= 0) {
      this.ring(context, this.current, this.radius + 5, 5, "#fff");
      this.ring(context, this.current, this.radius + 5, 2.5, "#1d2430");
    }
  }

  // All marks of a keyframe, blended pixel by pixel: its time does not depend on a GPU, as that of 20,000 paths does.
  paint(context, width, ratio, radius, frame) {
    const { count, positionScale, classes } = this.session, labels = this.session.labels(frame), layout = this.session.layout(frame);
    const s = (width / WORLD.width) * this.view.zoom * ratio, { width: w, height: h } = context.canvas;
    const ox = w / 2 - this.view.x * s, oy = h / 2 - this.view.y * s, buckets = new Map();
    const picture = context.createImageData(w, h);
    picture.data.fill(255);
    for (let i = 0; i < count; i++) {
      if (layout[2 * i] === NOWHERE) continue;
      const x = (layout[2 * i] / positionScale) * s + ox, y = (layout[2 * i + 1] / positionScale) * s + oy;
      if (x < -20 || y < -20 || x > w + 20 || y > h + 20) continue;
      const dim = this.image >= 0 && this.session.image[i] !== this.image, key = labels[i] + (dim ? classes.length + 1 : 0);
      let bucket = buckets.get(key);
      if (!bucket) buckets.set(key, (bucket = []));
      bucket.push(x, y);
    }
    // dimmed ones lowest, then unlabelled, then the classes
    for (const key of [...buckets.keys()].sort((a, b) => (a < classes.length) - (b < classes.length) || a - b)) {
      const dim = key >= classes.length, label = dim ? key - classes.length - 1 : key, bucket = buckets.get(key);
      const opacity = dim ? 0.16 : label < 0 ? 0.75 : 0.85;
      const stamp = this.marks.stamp(label, (label < 0 ? 0.8 : 1) * radius * ratio, opacity), half = stamp.size / 2;
      for (let k = 0; k < bucket.length; k += 2) {
        blend(picture, stamp, Math.round(bucket[k] - half), Math.round(bucket[k + 1] - half));
      }
    }
    context.putImageData(picture, 0, 0);
  }

  // Thumbnails where they do not hide each other, the larger segments first.
  drawThumbnails(context, w, h) {
    const { session } = this, size = Math.min(session.tile, Math.max(22, 26 * this.view.zoom ** 0.35));
    const columns = Math.ceil(w / size) + 2, taken = new Uint8Array(columns * (Math.ceil(h / size) + 2));
    this.byArea ??= Uint32Array.from(session.area.keys()).sort((a, b) => session.area[b] - session.area[a]);
    for (const i of this.byArea) {
      if (!this.visible(i) || (this.image >= 0 && session.image[i] !== this.image)) continue;
      const [x, y] = this.screen(i), place = session.tilePlace(i);
      if (!place || x < 0 || y < 0 || x > w || y > h) continue;
      const cell = Math.floor(y / size) * columns + Math.floor(x / size);
      if (taken[cell]) continue;
      taken[cell] = 1;
      const picture = session.picture(place[0], () => { this.drawn = null; this.redraw(); });
      if (!picture) continue;
      context.drawImage(picture, place[1], place[2], session.tile, session.tile, x - size / 2, y - size / 2, size, size);
      context.lineWidth = this.labels[i] < 0 ? 1 : 2;
      context.strokeStyle = this.marks.colour(this.labels[i]);
      context.strokeRect(x - size / 2, y - size / 2, size, size);
    }
  }

  drawBox(context) {
    const box = this.session.boxes[this.frame];
    if (!box) return;
    const s = this.scale, ox = this.node.clientWidth / 2 - this.view.x * s, oy = this.node.clientHeight / 2 - this.view.y * s;
    context.setLineDash([6, 4]);
    context.lineWidth = 1.5;
    context.strokeStyle = "#1d2430";
    context.strokeRect(box[0] * s + ox - 3, box[1] * s + oy - 3, (box[2] - box[0]) * s + 6, (box[3] - box[1]) * s + 6);
    context.setLineDash([]);
  }

  drawErrors(context) {
    for (let i = 0; i < this.session.count; i++) {
      const truth = this.session.truth[i], wrong = truth >= 0 && this.labels[i] >= 0 && this.labels[i] !== truth;
      if (wrong && this.visible(i)) this.ring(context, i, this.radius + 3, 1.5, "#1d2430");
    }
  }

  ring(context, segment, radius, width, colour) {
    const [x, y] = this.screen(segment);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
  }
}
