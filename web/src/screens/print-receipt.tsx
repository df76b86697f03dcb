// The printer icon: opens the receipt's PDF in its own tab, from where it is printed or saved.
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { Icon } from "../ui/icons";
import "./print-receipt.css";
import { InlineFailure } from "../ui/feedback";

export function PrintReceipt(props: {
  accountId: string;
  documentId: string;
  title: string;
  label?: string;
}) {
  const opening = useChange();
  const print = async () => {
    // Opened before the answer: browsers allow a new tab only straight after the press.
    const tab = window.open("", "_blank");
    if (tab) {
      tab.opener = null;
      tab.document.title = props.title;
      tab.document.body.textContent = `Готовим PDF: ${props.title}…`;
    }
    try {
      const { url } = await unwrap(
        api.GET("/api/accounts/{account_id}/documents/{document_id}/pdf", {
          params: { path: { account_id: props.accountId, document_id: props.documentId } },
        }),
      );
      if (tab && !tab.closed) tab.location.href = url;
      else location.assign(url);
    } catch (reason) {
      tab?.close();
      throw reason;
    }
  };
  return (
    <span class="print-receipt">
      <button
        type="button"
        class={`button button-second ${props.label ? "" : "button-icon-only"}`}
        aria-disabled={opening.busy}
        aria-label={`Открыть PDF: ${props.title}`}
        title="Открыть квитанцию в PDF"
        onClick={() => opening.run(print)}
      >
        <Icon name="printer" />
        {props.label}
      </button>
      {opening.problem && <InlineFailure problem={opening.problem} />}
    </span>
  );
}
