// What is done with a line of a list: it is changed, or removed after the button is pressed a second time.
import { useState } from "preact/hooks";

export function LineActions(props: {
  /** Whose line it is, for who does not see it. */
  of: string;
  busy: boolean;
  change: string;
  onChange: () => void;
  /** What the second button says. */
  removal: string;
  onRemove: () => void;
}) {
  const [asked, setAsked] = useState(false);
  if (asked)
    return (
      <>
        <button
          type="button"
          class="button button-danger"
          aria-disabled={props.busy}
          onClick={props.onRemove}
        >
          {props.removal}: {props.of}
        </button>{" "}
        <button type="button" class="button button-quiet" onClick={() => setAsked(false)}>
          Отмена
        </button>
      </>
    );
  return (
    <>
      <button type="button" class="button button-quiet" onClick={props.onChange}>
        {props.change}
        <span class="sr-only">: {props.of}</span>
      </button>{" "}
      <button type="button" class="button button-quiet" onClick={() => setAsked(true)}>
        Удалить<span class="sr-only">: {props.of}</span>
      </button>
    </>
  );
}
