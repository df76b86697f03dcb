// Files that go straight to storage by a form that the server signs: which are taken, and how they are sent.
import { fileSize } from "../format";
import { networkProblem, Problem } from "./problem";

const MAX_FILES = 5;
const MAX_BYTES = 10 * 1024 * 1024;
const TYPES: Record<string, string> = {
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  heic: "image/heic",
  heif: "image/heic",
  pdf: "application/pdf",
};

/** For the `accept` of an input. */
export const ACCEPTED_EXTENSIONS = Object.keys(TYPES)
  .map((extension) => `.${extension}`)
  .join(",");

interface NewFile {
  name: string;
  content_type: string;
  size: number;
}

interface SignedForm {
  url: string;
  fields: Record<string, string>;
}

interface UploadForm extends SignedForm {
  attachment: string;
}

/** What is wrong with the chosen files, before anything is sent. */
export function filesError(files: File[]): string | false {
  if (files.length > MAX_FILES) return "Приложите не больше пяти файлов";
  const unsupported = files.find((file) => !typeOf(file));
  if (unsupported)
    return `Файл «${unsupported.name}» приложить нельзя. Подойдут фотографии (JPEG, PNG, WebP, HEIC) и PDF`;
  const large = files.find((file) => file.size > MAX_BYTES);
  if (large)
    return `Файл «${large.name}» слишком большой: ${fileSize(large.size)}. Приложите файл не больше 10 МБ`;
  const empty = files.find((file) => file.size === 0);
  return empty ? `Файл «${empty.name}» пустой. Приложите другой` : false;
}

/**
 * Uploads what is not uploaded yet and returns the tickets that name the files in a request or an answer.
 *
 * `sent` remembers tickets by file: a second try sends the very same. `requestForm` asks the server for a form.
 */
export async function uploadFiles(
  files: File[],
  sent: Map<File, string>,
  requestForm: (file: NewFile) => Promise<UploadForm>,
): Promise<string[]> {
  for (const file of files) {
    if (!sent.has(file)) sent.set(file, await uploadOne(file, requestForm));
  }
  return files.map((file) => sent.get(file) ?? "");
}

async function uploadOne(file: File, requestForm: (file: NewFile) => Promise<UploadForm>): Promise<string> {
  const form = await requestForm({ name: file.name, content_type: typeOf(file) ?? "", size: file.size });
  await postFile(form, file);
  return form.attachment;
}

/** Sends one file by a form that the server has signed. */
export async function postFile(form: SignedForm, file: File): Promise<void> {
  const content = new FormData();
  for (const [name, value] of Object.entries(form.fields)) content.append(name, value);
  content.append("file", file);
  const answer = await fetch(form.url, { method: "POST", body: content }).catch(() => {
    throw networkProblem(false);
  });
  if (!answer.ok) {
    throw new Problem(
      answer.status,
      "attachment_refused",
      `Файл «${file.name}» не загрузился. Приложите его ещё раз.`,
    );
  }
}

function typeOf(file: File): string | undefined {
  return TYPES[file.name.split(".").pop()?.toLowerCase() ?? ""];
}
