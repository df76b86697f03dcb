// The icons of the installed site as PNG, drawn from `public/favicon.svg`, the only place where the mark is.
import { crc32, deflateSync } from "node:zlib";

type Point = [number, number];
type Colour = [number, number, number];
interface Line {
  colour: Colour;
  width: number;
  segments: [Point, Point][];
}
interface Mark {
  size: number;
  ground: Colour;
  radius: number;
  lines: Line[];
}

function attribute(element: string, name: string): string {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(element);
  if (!found?.[1]) throw new Error(`favicon.svg: ${element} has no ${name}`);
  return found[1];
}

function colour(text: string): Colour {
  const hex = text.length === 4 ? text.replace(/[\da-f]/gi, "$&$&") : text;
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return [red, green, blue];
}

/** The straight lines of a path: M, L, H and V, absolute or relative. */
function segments(path: string): [Point, Point][] {
  const lines: [Point, Point][] = [];
  let [x, y] = [0, 0];
  for (const [, letter = "", text = ""] of path.matchAll(/([a-z])([^a-z]*)/gi)) {
    const command = letter.toUpperCase();
    if (!"MLHV".includes(command)) throw new Error(`favicon.svg: ${letter} is not drawn`);
    const numbers = [...text.matchAll(/-?\d*\.?\d+/g)].map(Number);
    const [fromX, fromY] = letter === command ? [0, 0] : [1, 1];
    for (let at = 0; at < numbers.length; at += "HV".includes(command) ? 1 : 2) {
      const [first = 0, second = 0] = numbers.slice(at);
      const from: Point = [x, y];
      if (command !== "V") x = first + fromX * x;
      if (command !== "H") y = (command === "V" ? first : second) + fromY * y;
      if (at > 0 || command !== "M") lines.push([from, [x, y]]);
    }
  }
  return lines;
}

export function parseMark(svg: string): Mark {
  const elements = [...svg.matchAll(/<(rect|path)[^>]*>/g)].map(([element]) => element);
  const ground = elements.find((element) => element.startsWith("<rect")) ?? "";
  return {
    size: Number(attribute(ground, "width")),
    ground: colour(attribute(ground, "fill")),
    radius: Number(attribute(ground, "rx")),
    lines: elements
      .filter((element) => element.startsWith("<path"))
      .map((path) => ({
        colour: colour(attribute(path, "stroke")),
        width: Number(attribute(path, "stroke-width")),
        segments: segments(attribute(path, "d")),
      })),
  };
}

function distance(x: number, y: number, [from, to]: [Point, Point]): number {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const share = ((x - from[0]) * dx + (y - from[1]) * dy) / (dx * dx + dy * dy);
  const along = Math.min(1, Math.max(0, share));
  return Math.sqrt((x - from[0] - along * dx) ** 2 + (y - from[1] - along * dy) ** 2);
}

/** How far a point is outside the ground with its round corners; negative within. */
function outside(x: number, y: number, { size, radius }: Mark): number {
  const beyond = (value: number) => Math.max(radius - value, value - (size - radius), 0);
  return Math.hypot(beyond(x), beyond(y)) - radius;
}

/** `isFull`: the ground fills the square, for systems that cut icons to a shape of their own. */
export function drawIcon(mark: Mark, pixels: number, isFull: boolean): Buffer {
  const scale = mark.size / pixels;
  /** How much of a pixel lies within an edge, by the distance of its middle. */
  const share = (beyond: number) => Math.min(1, Math.max(0, 0.5 - beyond / scale));
  const rows = Buffer.alloc(pixels * (1 + 4 * pixels));
  for (let at = 0; at < pixels * pixels; at += 1) {
    const [column, row] = [at % pixels, Math.floor(at / pixels)];
    const [x, y] = [(column + 0.5) * scale, (row + 0.5) * scale];
    let mixed: Colour = mark.ground;
    for (const line of mark.lines) {
      let nearest = Infinity;
      for (const segment of line.segments) nearest = Math.min(nearest, distance(x, y, segment));
      const part = share(nearest - line.width / 2);
      if (part > 0)
        mixed = mixed.map((value, of) => value + ((line.colour[of] ?? 0) - value) * part) as Colour;
    }
    const alpha = isFull ? 1 : share(outside(x, y, mark));
    const first = row * (1 + 4 * pixels) + 1 + 4 * column;
    mixed.forEach((value, of) => (rows[first + of] = Math.round(value)));
    rows[first + 3] = Math.round(alpha * 255);
  }
  return encode(rows, pixels);
}

/** PNG (ISO 15948) of rows of RGBA, each after the byte of its filter. */
function encode(rows: Buffer, pixels: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(pixels, 0);
  header.writeUInt32BE(pixels, 4);
  header.set([8, 6], 8);
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  const chunks = [chunk("IHDR", header), chunk("IDAT", deflateSync(rows, { level: 9 }))];
  return Buffer.concat([signature, ...chunks, chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
