// One file that is sent as soon as it is chosen, and one that is saved as soon as its link is there.
import { useState } from "preact/hooks";
import { type Change, useChange } from "../api/change";
import { fileSize } from "../format";
import { InlineFailure } from "../ui/feedback";

interface Upload {
  file: File | null;
  change: Change;
  take: (file: File | undefined) => void;
}

/** Sends what is chosen or dropped by `send`. */
export function useUpload(send: (file: File) => Promise<void>): Upload {
  const change = useChange();
  const [file, setFile] = useState<File | null>(null);
  const take = (chosen: File | undefined) => {
    if (!chosen) return;
    setFile(chosen);
    change.run(() => send(chosen));
  };
  return { file, change, take };
}

export function UploadField(props: { label: string; accept?: string; sending: Upload }) {
  const { file, change, take } = props.sending;
  return (
    <>
      <label class="field">
        <span>{props.label}</span>
        <input
          type="file"
          accept={props.accept}
          disabled={change.busy}
          onChange={(event) => {
            take(event.currentTarget.files?.[0]);
            event.currentTarget.value = "";
          }}
        />
      </label>
      <p role="status">{change.busy && file ? `Загружаем «${file.name}», ${fileSize(file.size)}…` : ""}</p>
      {change.problem && <InlineFailure problem={change.problem} />}
    </>
  );
}

/** Saves a file of what `of` names; `link` asks for where it is, and may take its time. */
export function SaveFile(props: { title: string; of: string; link: () => Promise<string> }) {
  const change = useChange();
  // Storage names it a file to be saved, so this page stays where it is.
  const save = async () => location.assign(await props.link());
  return (
    <>
      <button
        type="button"
        class="button button-quiet"
        aria-disabled={change.busy}
        onClick={() => change.run(save)}
      >
        {change.busy ? "Готовим файл…" : props.title}
        <span class="sr-only">: {props.of}</span>
      </button>
      {change.problem && <InlineFailure problem={change.problem} />}
    </>
  );
}
