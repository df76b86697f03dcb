// «Отказ от бумажного носителя»: the flag, and the statement that is read before it is set.
import { useState } from "preact/hooks";
import { type Change, useChange } from "../api/change";
import { api, ask } from "../api/client";
import { refresh, useQuery } from "../api/query";
import type { Binding } from "../api/types";
import { Paragraphs } from "../ui/consent";
import { Dialog } from "../ui/dialog";
import { Failure, Loaded, InlineFailure } from "../ui/feedback";

export function PaperlessBox({ binding }: { binding: Binding }) {
  const [asking, setAsking] = useState(false);
  const saving = useChange();
  if (binding.paperless === "unavailable") return <>не предусмотрено</>;
  const on = binding.paperless === "on";
  const id = `paperless-${binding.number}`;
  const put = async (enabled: boolean, version?: string) => {
    await ask(
      api.PUT("/api/bindings/{account_id}/paperless", {
        params: { path: { account_id: binding.account_id } },
        body: { enabled, ...(version ? { statement_version: version } : {}) },
      }),
    );
    setAsking(false);
    refresh("home");
  };
  return (
    <>
      <span class="check">
        <input
          type="checkbox"
          id={id}
          checked={on}
          aria-disabled={saving.busy}
          onChange={(event) => {
            // The flag follows the server's answer, not the press.
            event.currentTarget.checked = on;
            if (on) saving.run(() => put(false));
            else setAsking(true);
          }}
        />
        <label for={id}>
          {on ? "отказ оформлен" : "отказаться"}
          <span class="sr-only"> от бумажной квитанции, лицевой счет {binding.number}</span>
        </label>
      </span>
      {saving.problem && !asking && <InlineFailure problem={saving.problem} />}
      {asking && (
        <StatementDialog
          binding={binding}
          saving={saving}
          onYes={(version) => saving.run(() => put(true, version))}
          onNo={() => setAsking(false)}
        />
      )}
    </>
  );
}

function StatementDialog(props: {
  binding: Binding;
  saving: Change;
  onYes: (version: string) => void;
  onNo: () => void;
}) {
  const id = props.binding.account_id;
  const statement = useQuery(`statement:${id}`, () =>
    ask(api.GET("/api/bindings/{account_id}/paperless/statement", { params: { path: { account_id: id } } })),
  );
  return (
    <Dialog title="Заявление об отказе от бумажной квитанции" onClose={props.onNo}>
      <Loaded query={statement} reserve={240}>
        {({ text, version }) => (
          <>
            <Paragraphs text={text} />
            {props.saving.problem && <Failure problem={props.saving.problem} />}
            <div class="actions">
              <button
                type="button"
                class="button button-main"
                aria-disabled={props.saving.busy}
                onClick={() => props.onYes(version)}
              >
                Подтвердить отказ
              </button>
              <button type="button" class="button button-second" onClick={props.onNo}>
                Отмена
              </button>
            </div>
          </>
        )}
      </Loaded>
    </Dialog>
  );
}
