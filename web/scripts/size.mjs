// Measures the built sites: the gzipped JavaScript of the first load (what the page names and imports at once),
// and refuses in it what is for one page alone.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const PAGES = { "index.html": 40, "desk/index.html": 90 };
const LATER = /^assets\/qr-decoder/;
const dist = new URL("../dist/", import.meta.url);

function firstLoad(name, limit) {
  const page = readFileSync(new URL(name, dist), "utf-8");
  const queue = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((found) => found[1]);
  const first = new Map();
  for (let file = queue.pop(); file; file = queue.pop()) {
    if (first.has(file)) continue;
    const source = readFileSync(new URL(file, dist));
    first.set(file, gzipSync(source, { level: 9 }).length);
    for (const found of source.toString().matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g))
      queue.push(`assets/${found[1]}`);
  }
  let total = 0;
  for (const [file, bytes] of first) {
    total += bytes;
    console.log(`${(bytes / 1024).toFixed(1).padStart(7)} KB  ${file}`);
  }
  console.log(
    `${(total / 1024).toFixed(1).padStart(7)} KB  first load of ${name}, gzipped (at most ${limit})`,
  );
  const early = [...first.keys()].filter((file) => LATER.test(file));
  for (const file of early) console.log(`${file} is loaded at once, and is to be loaded by its page alone`);
  return total <= limit * 1024 && early.length === 0;
}

const held = Object.entries(PAGES).map(([name, limit]) => firstLoad(name, limit));
process.exit(held.every(Boolean) ? 0 : 1);
