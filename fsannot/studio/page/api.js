// @ts-check
/** Talks to the server. Answers with columns are frames of fsannot/studio/frames.py. */

const TYPES = { float32: Float32Array, int32: Int32Array, int16: Int16Array, uint8: Uint8Array };

/** @typedef {Record<string, any>} Header */
/** @typedef {Record<string, any>} Columns  typed arrays by name */

export class Refused extends Error {
  /** @param {string} message  @param {number} status */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** @param {ArrayBuffer} buffer  @returns {[Header, Columns]} */
export function decode(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  /** @type {Columns} */
  const columns = {};
  for (const { name, type, shape, at } of header.columns) {
    const count = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    columns[name] = new TYPES[/** @type {keyof typeof TYPES} */ (type)](buffer, 4 + length + at, count);
  }
  return [header, columns];
}

export class Api {
  /** @param {string} path  @param {object} [message]  @returns {Promise<Response>} */
  async ask(path, message) {
    const response = await fetch(
      `api/${path}`,
      message && {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(message),
      },
    );
    if (response.ok) return response;
    const text = await response.text();
    let sentence = text;
    try {
      sentence = JSON.parse(text).error;
    } catch {
      // a plain sentence
    }
    throw new Refused(sentence, response.status);
  }

  /** @param {string} path  @param {object} [message] */
  async json(path, message) {
    return (await this.ask(path, message)).json();
  }

  /** @param {string} path  @param {object} [message] */
  async frame(path, message) {
    return decode(await (await this.ask(path, message)).arrayBuffer());
  }

  /** @param {string} path */
  async blob(path) {
    return (await this.ask(path)).blob();
  }

  /** @param {string} path */
  address(path) {
    return `api/${path}`;
  }
}
