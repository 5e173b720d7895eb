// @ts-check
/** The page: what it is made of, and who tells whom. */

import { Api } from "./api.js";
import { Studio } from "./studio.js";
import { Start } from "./start.js";

const api = new Api();
const start = new Start(api);
await start.ready();
const studio = new Studio(api);
Object.assign(window, { studio }); // for whoever looks at the page from outside, e.g. tests
await studio.begin();
