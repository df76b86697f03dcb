// The printer icon: opens the receipt's PDF in its own tab, from where it is printed or saved.
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { Problem } from "../api/problem";
import { Icon } from "../ui/icons";

export function PrintReceipt(props: {
  accountId: string;
  documentId: string;
  title: string;
  label?: string;
}) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const print = () => {
    if (busy) return;
    setBusy(true);
    setFailed(null);
    // Opened before the answer: browsers allow a new tab only straight after the press.
    const tab = window.open("", "_blank");
    if (tab) tab.opener = null;
    ask(
      api.GET("/api/accounts/{account_id}/documents/{document_id}/pdf", {
        params: { path: { account_id: props.accountId, document_id: props.documentId } },
      }),
    )
      .then(
        ({ url }) => {
          if (tab && !tab.closed) tab.location.href = url;
          else location.assign(url);
        },
        (reason: unknown) => {
          tab?.close();
          setFailed(reason instanceof Problem ? reason.message : "Не удалось открыть квитанцию.");
        },
      )
      .then(() => setBusy(false));
  };
  return (
    <span class="print-receipt">
      <button
        type="button"
        class={`button button-second ${props.label ? "" : "button-icon-only"}`}
        aria-disabled={busy}
        aria-label={`Открыть PDF: ${props.title}`}
        title="Открыть квитанцию в PDF"
        onClick={print}
      >
        <Icon name="printer" />
        {props.label}
      </button>
      {failed && (
        <span class="mistake" role="alert">
          {failed}
        </span>
      )}
    </span>
  );
}
