// Measures the built site: the gzipped JavaScript of the first load (what index.html names and imports at once).
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 40;
const dist = new URL("../dist/", import.meta.url);
const page = readFileSync(new URL("index.html", dist), "utf-8");

const queue = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((found) => found[1]);
const first = new Map();
for (let name = queue.pop(); name; name = queue.pop()) {
  if (first.has(name)) continue;
  const source = readFileSync(new URL(name, dist));
  first.set(name, gzipSync(source, { level: 9 }).length);
  for (const found of source.toString().matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g))
    queue.push(`assets/${found[1]}`);
}

let total = 0;
for (const [name, bytes] of first) {
  total += bytes;
  console.log(`${(bytes / 1024).toFixed(1).padStart(7)} KB  ${name}`);
}
console.log(`${(total / 1024).toFixed(1).padStart(7)} KB  first load, gzipped (at most ${LIMIT_KB})`);
process.exit(total > LIMIT_KB * 1024 ? 1 : 0);
