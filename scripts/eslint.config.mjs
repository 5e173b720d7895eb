// Rules for the modules of the studio's page; no plugin, so that one package is all that is needed.
const globals = Object.fromEntries(
  (
    "window document fetch requestAnimationFrame performance matchMedia getComputedStyle createImageBitmap setTimeout " +
    "OffscreenCanvas ImageData ResizeObserver WheelEvent HTMLElement HTMLButtonElement HTMLInputElement " +
    "HTMLSelectElement Option TextDecoder URL"
  )
    .split(" ")
    .map((name) => [name, "readonly"]),
);

export default [
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals },
    rules: {
      "no-undef": "error",
      "no-unused-vars": "error",
      "no-unsafe-finally": "error",
      "no-fallthrough": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "names are text: use textContent" },
        { property: "outerHTML", message: "names are text: use textContent" },
        { property: "insertAdjacentHTML", message: "names are text: use textContent" },
      ],
      "prefer-const": "error",
      "no-var": "error",
      eqeqeq: "error",
      curly: ["error", "multi-line"],
    },
  },
];
