// Photos and PDFs of a request: chosen here, sent straight to storage by a form that the server signs.
import { useChange } from "../api/change";
import { api, ask } from "../api/client";
import { noAnswer, Problem } from "../api/problem";
import type { SubscriberRequest } from "../api/types";
import { fileSize } from "../format";
import { FileField } from "../ui/fields";
import { Icon } from "../ui/icons";
import "./request-files.css";
import { InlineFailure } from "../ui/feedback";

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
      accept={Object.keys(TYPES)
        .map((extension) => `.${extension}`)
        .join(",")}
      onFiles={props.onFiles}
    />
  );
}

interface SentFilesProps {
  accountId: string;
  requestId: string;
  files: SubscriberRequest["attachments"];
}

/** The files of a request that was sent, or of an answer to it: each is saved by its button. */
export function SentFiles({ accountId, requestId, files }: SentFilesProps) {
  const opening = useChange();
  const save = async (fileId: string) => {
    const { url } = await ask(
      api.GET("/api/accounts/{account_id}/requests/{request_id}/attachments/{file_id}", {
        params: { path: { account_id: accountId, request_id: requestId, file_id: fileId } },
      }),
    );
    // Storage names it a file to be saved, so this page stays where it is.
    location.assign(url);
  };
  return (
    <div>
      <p class="muted">Приложено:</p>
      <ul class="sent-files">
        {files.map((file) => (
          <li key={file.file_id}>
            <button
              type="button"
              class="button button-quiet"
              aria-disabled={opening.busy}
              onClick={() => opening.run(() => save(file.file_id))}
            >
              <Icon name="file" />
              <span>
                <span class="sr-only">Скачать </span>
                {file.name}, {fileSize(file.size)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {opening.problem && <InlineFailure problem={opening.problem} />}
    </div>
  );
}

/** What is wrong with the chosen files, before anything is sent. */
export function filesMistake(files: File[]): string | false {
  if (files.length > MAX_FILES) return "Приложите не больше пяти файлов";
  const odd = files.find((file) => !typeOf(file));
  if (odd) return `Файл «${odd.name}» приложить нельзя. Подойдут фотографии (JPEG, PNG, WebP, HEIC) и PDF`;
  const large = files.find((file) => file.size > MAX_BYTES);
  if (large)
    return `Файл «${large.name}» слишком большой: ${fileSize(large.size)}. Приложите файл не больше 10 МБ`;
  const empty = files.find((file) => file.size === 0);
  return empty ? `Файл «${empty.name}» пустой. Приложите другой` : false;
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
    throw new Problem(
      answer.status,
      "attachment_refused",
      `Файл «${file.name}» не загрузился. Приложите его ещё раз.`,
    );
  }
  return form.attachment;
}

function typeOf(file: File): string | undefined {
  return TYPES[file.name.split(".").pop()?.toLowerCase() ?? ""];
}
