// Photos and PDFs of a request: chosen here, sent straight to storage by a form that the server signs.
import { api, ask } from "../api/client";
import { noAnswer, Problem } from "../api/problem";
import { FileField } from "../ui/fields";

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

export function RequestFiles(props: { onFiles: (files: File[]) => void }) {
  return (
    <FileField
      name="attachments"
      label="Фотографии или PDF"
      hint="До 5 файлов, каждый не больше 10 МБ."
      accept={Object.keys(TYPES).map((extension) => `.${extension}`).join(",")}
      onFiles={props.onFiles}
    />
  );
}

/** What is wrong with the chosen files, before anything is sent. */
export function filesMistake(files: File[]): string | false {
  if (files.length > MAX_FILES) return "Приложите не больше пяти файлов";
  if (files.some((file) => !typeOf(file))) return "Приложите фотографию (JPEG, PNG, WebP, HEIC) или PDF";
  return files.some((file) => file.size > MAX_BYTES) && "Файл больше 10 МБ";
}

/**
 * Uploads what is not uploaded yet and returns the tickets that name the files in the request.
 *
 * `sent` remembers tickets by file: a second try sends the very same request.
 */
export async function upload(accountId: string, files: File[], sent: Map<File, string>): Promise<string[]> {
  for (const file of files) {
    if (!sent.has(file)) sent.set(file, await uploadOne(accountId, file));
  }
  return files.map((file) => sent.get(file) ?? "");
}

async function uploadOne(accountId: string, file: File): Promise<string> {
  const form = await ask(
    api.POST("/api/accounts/{account_id}/requests/attachments", {
      params: { path: { account_id: accountId } },
      body: { name: file.name, content_type: typeOf(file) ?? "", size: file.size },
    }),
  );
  const content = new FormData();
  for (const [name, value] of Object.entries(form.fields)) content.append(name, value);
  content.append("file", file);
  const answer = await fetch(form.url, { method: "POST", body: content }).catch(() => {
    throw noAnswer(false);
  });
  if (!answer.ok) {
    throw new Problem(answer.status, "attachment_refused", `Файл «${file.name}» не загрузился. Приложите его ещё раз.`);
  }
  return form.attachment;
}

function typeOf(file: File): string | undefined {
  return TYPES[file.name.split(".").pop()?.toLowerCase() ?? ""];
}
