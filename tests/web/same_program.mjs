// node --expose-internals same_program.mjs ONE OTHER: whether two modules are the same program apart from comments
// and white space. The parser is Node's internal one.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { parse } = createRequire(import.meta.url)("internal/deps/acorn/acorn/dist/acorn");
const withoutPlaces = (key, value) => (key === "start" || key === "end" ? undefined : value);
const [one, other] = process.argv.slice(2).map((path) => {
  const program = parse(readFileSync(path, "utf8"), { ecmaVersion: "latest", sourceType: "module" });
  return JSON.parse(JSON.stringify(program, withoutPlaces));
});
assert.deepEqual(one, other);
