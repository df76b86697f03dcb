// What unfolds over the page (a menu, a sheet) folds away when the reader goes on elsewhere.
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Calls `close` when something outside of `root` is pressed or takes the focus while it is `open`. */
export function useDismiss(root: RefObject<HTMLElement | null>, open: boolean, close: () => void): void {
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) latest.current();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [root, open]);
}
