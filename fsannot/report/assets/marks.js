// Marks of the classes: a shape and a colour each, so that neither has to carry the difference alone.

const SHAPES = {
  circle(path, x, y, r) {
    path.moveTo(x + r, y);
    path.arc(x, y, r, 0, 2 * Math.PI);
  },
  square(path, x, y, r) {
    const a = 0.9 * r;
    path.rect(x - a, y - a, 2 * a, 2 * a);
  },
  triangle(path, x, y, r) {
    path.moveTo(x, y - 1.2 * r);
    path.lineTo(x + 1.1 * r, y + 0.8 * r);
    path.lineTo(x - 1.1 * r, y + 0.8 * r);
    path.closePath();
  },
  diamond(path, x, y, r) {
    path.moveTo(x, y - 1.3 * r);
    path.lineTo(x + 1.1 * r, y);
    path.lineTo(x, y + 1.3 * r);
    path.lineTo(x - 1.1 * r, y);
    path.closePath();
  },
  cross(path, x, y, r) {
    const a = 1.15 * r, b = 0.42 * r;
    path.rect(x - a, y - b, 2 * a, 2 * b);
    path.rect(x - b, y - a, 2 * b, 2 * a);
  },
};

class Marks {
  constructor(data) {
    this.colours = data.colours;
    this.names = data.marks;
    this.unlabelled = data.special.unlabelled;
  }

  colour(label) {
    return label < 0 ? this.unlabelled : this.colours[label % this.colours.length];
  }

  draw(path, label, x, y, r) {
    SHAPES[label < 0 ? "circle" : this.names[label % this.names.length]](path, x, y, r);
  }

  // A mark drawn once, to be copied many times: how much of each pixel it covers, of 256. Radius in device pixels.
  stamp(label, radius, opacity) {
    const key = `${label} ${radius} ${opacity}`;
    this.stamps ??= new Map();
    if (!this.stamps.has(key)) {
      const size = 2 * Math.ceil(1.4 * radius + 1), path = new Path2D();
      const context = el("canvas", { width: size, height: size }).getContext("2d", { willReadFrequently: true });
      this.draw(path, label, size / 2, size / 2, radius);
      context.fill(path);
      const pixels = context.getImageData(0, 0, size, size).data, coverage = new Uint16Array(size * size);
      for (let i = 0; i < coverage.length; i++) coverage[i] = Math.round((pixels[4 * i + 3] / 255) * opacity * 256);
      const colour = [1, 3, 5].map((start) => parseInt(this.colour(label).slice(start, start + 2), 16));
      this.stamps.set(key, { size, coverage, colour });
    }
    return this.stamps.get(key);
  }

  icon(label) {
    const size = 14, ratio = window.devicePixelRatio || 1;
    const canvas = el("canvas", { class: "mark", width: size * ratio, height: size * ratio, "aria-hidden": "true" });
    const context = canvas.getContext("2d"), path = new Path2D();
    context.scale(ratio, ratio);
    this.draw(path, label, size / 2, size / 2, label < 0 ? 3.5 : 4.6);
    context.fillStyle = this.colour(label);
    context.fill(path);
    return canvas;
  }
}

// The arrays of one recorded session.
class Session {
  constructor(raw) {
    for (const name of ["classes", "imageIds", "steps", "seconds", "actions", "boxes", "layoutOf", "positionScale", "tile", "sheet"]) {
      this[name] = raw[name];
    }
    this.image = new Int32Array(bytes(raw.image).buffer);
    this.area = new Int32Array(bytes(raw.area).buffer);
    this.truth = new Int16Array(bytes(raw.truth).buffer);
    this.place = new Int32Array(bytes(raw.place).buffer);
    this.allLayouts = new Uint16Array(bytes(raw.layouts).buffer);
    this.allLabels = new Int16Array(bytes(raw.labels).buffer);
    this.count = this.image.length;
    this.frames = raw.steps.length;
    this.hasTruth = this.truth.some((value) => value >= 0);
    this.urls = raw.sheets.map((sheet) => imageUrl(sheet, "image/webp"));
    this.pictures = [];
    this.columns = Math.floor(raw.sheet / raw.tile);
  }

  labels(frame) {
    return this.allLabels.subarray(frame * this.count, (frame + 1) * this.count);
  }

  // x, y of every segment, in 1/positionScale canvas pixels; 65535 = not on the canvas
  layout(frame) {
    const start = this.layoutOf[frame] * this.count * 2;
    return this.allLayouts.subarray(start, start + this.count * 2);
  }

  className(label) {
    return label < 0 ? "unlabelled" : this.classes[label];
  }

  // [sheet, x, y] of a segment's thumbnail, or null
  tilePlace(segment) {
    const place = this.place[segment];
    if (place < 0) return null;
    const perSheet = this.columns * this.columns, slot = place % perSheet;
    return [Math.floor(place / perSheet), (slot % this.columns) * this.tile, Math.floor(slot / this.columns) * this.tile];
  }

  // The decoded sheet, once it is there; asks for it otherwise and calls back.
  picture(sheet, ready) {
    let picture = this.pictures[sheet];
    if (!picture) {
      picture = this.pictures[sheet] = new Image();
      picture.src = this.urls[sheet];
    }
    if (picture.complete && picture.naturalWidth) return picture;
    picture.addEventListener("load", ready, { once: true });
    return null;
  }

  thumbnail(segment, size) {
    const place = this.tilePlace(segment);
    if (!place) return el("span", { class: "thumb empty", style: `width:${size}px;height:${size}px` }, "no thumbnail");
    const [sheet, x, y] = place, scale = size / this.tile;
    return el("span", { class: "thumb", role: "img", "aria-label": `thumbnail of segment ${segment}`,
      style: `width:${size}px;height:${size}px;background-image:url(${this.urls[sheet]});` +
        `background-size:${this.sheet * scale}px auto;background-position:${-x * scale}px ${-y * scale}px` });
  }
}
