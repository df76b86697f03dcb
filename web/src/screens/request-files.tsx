// Photos and PDFs of a request: chosen here, sent straight to storage by a form that the server signs.
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { ACCEPTED_EXTENSIONS, uploadFiles } from "../api/upload";
import type { SubscriberRequest } from "../api/types";
import { fileSize } from "../format";
import { FileField } from "../ui/fields";
import { Icon } from "../ui/icons";
import "./request-files.css";
import { InlineFailure } from "../ui/feedback";

export function RequestFiles(props: { onFiles: (files: File[]) => void }) {
  return (
    <FileField
      name="attachments"
      label="Фотографии или PDF"
      hint="До 5 файлов, каждый не больше 10 МБ."
      accept={ACCEPTED_EXTENSIONS}
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
    const { url } = await unwrap(
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

/** Uploads what is not uploaded yet for a request or a message about an account, and returns the tickets. */
export function upload(accountId: string, files: File[], sent: Map<File, string>): Promise<string[]> {
  return uploadFiles(files, sent, (body) =>
    unwrap(
      api.POST("/api/accounts/{account_id}/requests/attachments", {
        params: { path: { account_id: accountId } },
        body,
      }),
    ),
  );
}
