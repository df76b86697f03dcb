// The text of a receipt's code out of a picture or the camera: by the browser's own reader, or by ours where it has none.
interface OwnDetector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
}
interface BarcodeDetectorClass {
  new (options: { formats: string[] }): OwnDetector;
  getSupportedFormats(): Promise<string[]>;
}
const OwnDetector = (globalThis as { BarcodeDetector?: BarcodeDetectorClass }).BarcodeDetector;

/** Maximum side of a picture in px when it is decoded: a near code is read better when it is small. */
const MAX_SIDES_PX = [1600, 3200];
const PAYMENT_CODE = /^\s*ST0001\d/i;

const loadDecoder = () => import("./qr-decoder");

async function createDetector(): Promise<OwnDetector | null> {
  try {
    const formats = (await OwnDetector?.getSupportedFormats()) ?? [];
    return OwnDetector && formats.includes("qr_code") ? new OwnDetector({ formats: ["qr_code"] }) : null;
  } catch {
    return null;
  }
}

async function detectCodes(detector: OwnDetector | null, source: CanvasImageSource): Promise<string[]> {
  try {
    return ((await detector?.detect(source)) ?? []).map((found) => found.rawValue);
  } catch {
    return [];
  }
}

function pixels(source: CanvasImageSource, width: number, height: number, side: number): ImageData {
  const scale = Math.min(1, side / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
  // A transparent picture is meant to lie on white.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function loadPicture(file: File): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(reader.error ?? new Error("unreadable"));
    reader.onload = () => {
      const image = new Image();
      image.onload = () => resolve(image);
      image.onerror = () => reject(new Error("not a picture"));
      image.src = reader.result as string;
    };
    reader.readAsDataURL(file);
  });
}

const onlyPaymentCodes = (texts: string[]): string[] => [
  ...new Set(texts.filter((text) => PAYMENT_CODE.test(text))),
];

/** The texts of the payment codes in a picture, each once: a receipt has one for each payee. Throws for no picture. */
export async function readPicture(file: File): Promise<string[]> {
  const image = await loadPicture(file);
  const own = onlyPaymentCodes(await detectCodes(await createDetector(), image));
  if (own.length) return own;
  const { decodePicture } = await loadDecoder();
  const found: string[] = [];
  for (const side of MAX_SIDES_PX)
    found.push(...(await decodePicture(pixels(image, image.naturalWidth, image.naturalHeight, side))));
  return onlyPaymentCodes(found);
}

const FRAME_MS = 200;
const FRAME_SIDE = 1000;

/** Looks at the camera's picture in `video` until a code is read or `signal` ends it. */
export async function readCamera(video: HTMLVideoElement, signal: AbortSignal): Promise<string | undefined> {
  const own = await createDetector();
  const decodeFrame = own ? null : (await loadDecoder()).decodeFrame;
  while (!signal.aborted) {
    if (video.videoWidth > 0) {
      const texts = decodeFrame
        ? decodeFrame(pixels(video, video.videoWidth, video.videoHeight, FRAME_SIDE))
        : await detectCodes(own, video);
      const [payment] = onlyPaymentCodes(texts);
      if (payment !== undefined) return payment;
    }
    await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
  }
  return undefined;
}
