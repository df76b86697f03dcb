// «Отказ от бумажного носителя»: the flag, and the statement that is read before it is set.
import { useState } from "preact/hooks";
import { type Change, useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { refresh, useQuery } from "../api/query";
import type { Binding } from "../api/types";
import { useSession } from "../session-context";
import { Paragraphs } from "../ui/consent";
import { Dialog } from "../ui/dialog";
import { Failure, QueryView, InlineFailure } from "../ui/feedback";

export function PaperlessCheckbox({ binding }: { binding: Binding }) {
  const [asking, setAsking] = useState(false);
  const saving = useChange();
  if (binding.paperless === "unavailable") return <>не предусмотрено</>;
  const on = binding.paperless === "on";
  const id = `paperless-${binding.number}`;
  const path = { account_id: binding.account_id };
  const setOptout = async (enabled: boolean, version?: string) => {
    await unwrap(
      api.PUT("/api/bindings/{account_id}/paperless", {
        params: { path },
        body: { enabled, ...(version ? { statement_version: version } : {}) },
      }),
    );
    setAsking(false);
    refresh("home");
  };
  const confirm = async (version: string, mailed: boolean) => {
    // First: a user who has opted out of paper and asked for mail is never left without both.
    if (mailed) {
      const body = { ...binding.mailings, receipts: true };
      await unwrap(api.PUT("/api/profile/mailings/{account_id}", { params: { path }, body }));
    }
    await setOptout(true, version);
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
            if (on) saving.run(() => setOptout(false));
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
          onYes={(version, mailed) => saving.run(() => confirm(version, mailed))}
          onNo={() => setAsking(false)}
        />
      )}
    </>
  );
}

function StatementDialog(props: {
  binding: Binding;
  saving: Change;
  onYes: (version: string, mailed: boolean) => void;
  onNo: () => void;
}) {
  const { account_id: id, number, mailings } = props.binding;
  const email = useSession().profile?.email;
  // A consent of its own (ст. 9 152-ФЗ): nobody but the resident ticks it, and it is not needed to refuse paper.
  const [mailed, setMailed] = useState(false);
  const statement = useQuery(`statement:${id}`, () =>
    unwrap(
      api.GET("/api/bindings/{account_id}/paperless/statement", { params: { path: { account_id: id } } }),
    ),
  );
  return (
    <Dialog title="Заявление об отказе от бумажной квитанции" onClose={props.onNo}>
      <QueryView query={statement} reserve={240}>
        {({ text, version }) => (
          <>
            <Paragraphs text={text} />
            {email && !mailings.receipts && (
              <div class="check">
                <input
                  type="checkbox"
                  id={`mail-${number}`}
                  aria-describedby={`mail-${number}-hint`}
                  checked={mailed}
                  onChange={(event) => setMailed(event.currentTarget.checked)}
                />
                <div>
                  <label for={`mail-${number}`}>
                    Согласен получать квитанции этого лицевого счета письмом на {email}
                  </label>
                  <p class="hint" id={`mail-${number}-hint`}>
                    Без согласия квитанции останутся в разделе «Документы». Отозвать его можно в «Настройках»
                    или по ссылке в письме.
                  </p>
                </div>
              </div>
            )}
            {props.saving.problem && <Failure problem={props.saving.problem} />}
            <div class="actions">
              <button
                type="button"
                class="button button-main"
                aria-disabled={props.saving.busy}
                onClick={() => props.onYes(version, mailed)}
              >
                Подтвердить отказ
              </button>
              <button type="button" class="button button-second" onClick={props.onNo}>
                Отмена
              </button>
            </div>
          </>
        )}
      </QueryView>
    </Dialog>
  );
}
