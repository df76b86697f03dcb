// Reads QR codes where the browser has no reader of its own. A file of its own: loaded when a code is to be read.
import { decodeQR, decodeQRBatch, type Image } from "qr/decode.js";

/** A picture may take its time; a frame of the camera is followed by the next one. */
const PICTURE_MS = 3000;

/** Receipts' codes are UTF-8 or cp1251, whatever their header says. */
function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1251").decode(bytes);
  }
}

export async function decodePicture(picture: Image): Promise<string[]> {
  const [found = []] = await decodeQRBatch([picture], { textDecoder: decodeText, timeLimit: PICTURE_MS });
  return found.filter((text): text is string => typeof text === "string");
}

export function decodeFrame(frame: Image): string[] {
  try {
    return [decodeQR(frame, { textDecoder: decodeText })];
  } catch {
    return [];
  }
}
