// A question on top of the page: the browser's own modal dialog, so that focus, Esc and screen readers work by themselves.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icons";
import "./dialog.css";

let count = 0;

export function Dialog(props: {
  title: string;
  /** Absent: the dialog cannot be dismissed. */
  onClose?: () => void;
  children: ComponentChildren;
  class?: string;
}) {
  const { onClose } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useRef(`dialog-${++count}`);
  useLayoutEffect(() => {
    const opener = document.activeElement;
    const element = dialog.current;
    // Browsers before 2022 do not know it.
    if (typeof element?.showModal === "function") element.showModal();
    else element?.setAttribute("open", "");
    return () => {
      if (element?.open && typeof element.close === "function") element.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  useEffect(() => {
    const element = dialog.current;
    const cancelled = (event: Event) => {
      event.preventDefault();
      onClose?.();
    };
    element?.addEventListener("cancel", cancelled);
    return () => element?.removeEventListener("cancel", cancelled);
  }, [onClose]);
  return (
    <dialog ref={dialog} class={`dialog ${props.class ?? ""}`} aria-labelledby={id.current}>
      <div class="dialog-head">
        <h2 id={id.current}>{props.title}</h2>
        {onClose && (
          <button type="button" class="button-icon" aria-label="Закрыть" onClick={onClose}>
            <Icon name="close" />
          </button>
        )}
      </div>
      <div class="dialog-body">{props.children}</div>
    </dialog>
  );
}
