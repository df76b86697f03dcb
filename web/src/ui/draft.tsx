// Drafts, typed and not sent yet: kept in this tab through the menu, Back and a reload; deleted at sign-out.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Note } from "./feedback";

const PREFIX = "draft:";

/** Forgets all drafts: the next user of this device is somebody else. */
export function clearDrafts(): void {
  for (const name of Object.keys(sessionStorage))
    if (name.startsWith(PREFIX)) sessionStorage.removeItem(name);
}

function loadDraft(name: string): unknown {
  const text = sessionStorage.getItem(PREFIX + name);
  return text === null ? undefined : JSON.parse(text);
}

interface Draft<T> {
  value: T;
  /** Null forgets the draft: it was sent, or there is nothing in it. */
  save: (value: T | null) => void;
  /** Whether what is shown was typed on an earlier visit to the screen. */
  restored: boolean;
}

/** A form's content that survives leaving the screen; `empty` is what an untouched form holds. */
export function useDraft<T>(name: string, empty: T): Draft<T> {
  const [state, setState] = useState(() => {
    const found = loadDraft(name) as T | undefined;
    return { value: found ?? empty, restored: found !== undefined };
  });
  const save = (value: T | null) => {
    if (value === null) sessionStorage.removeItem(PREFIX + name);
    else sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
    setState((before) => ({ value: value ?? empty, restored: before.restored && value !== null }));
  };
  return { ...state, save };
}

/** Says that a form's content was typed on an earlier visit. */
export function DraftNote(props: {
  draft: { restored: boolean; save: (value: null) => void };
  children: ComponentChildren;
}) {
  if (!props.draft.restored) return null;
  return (
    <Note tone="info" live>
      <p>
        {props.children}{" "}
        <button type="button" class="link" onClick={() => props.draft.save(null)}>
          Начать заново
        </button>
      </p>
    </Note>
  );
}
