// «Выбор лицевого счета»: which account is shown, binding and unbinding, and doing without the paper receipt.
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { Problem } from "../api/problem";
import { refresh } from "../api/query";
import type { Binding } from "../api/types";
import { CLIENT_PAGES } from "../shell/routes";
import { useSession } from "../session";
import { Dialog } from "../ui/dialog";
import { Empty, Failure, Note, Waiting } from "../ui/feedback";
import { useForm } from "../ui/form";
import { Icon } from "../ui/icons";
import { Page } from "../ui/page";
import { Cell, Row, Table } from "../ui/table";
import { PaperlessBox } from "./paperless";

const NUMBER = "Лицевой счет";
const ADDRESS = "Адрес";
const SUPPLIER = "Расчетная организация";
const PAPERLESS = "Отказаться от бумажного носителя платежного документа (квитанции)";
const UNBIND = "Отвязать лицевой счет";

export function AccountsScreen() {
  const { bindings, account, problem, reload } = useSession();
  const [unbinding, setUnbinding] = useState<Binding | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const { route } = useLocation();
  // Not before the session has the account: another's figures must not appear on the way.
  useEffect(() => {
    if (chosen && chosen === account?.account_id) route("/summary");
  }, [chosen, account, route]);
  const choose = (binding: Binding) => {
    setFailed(null);
    setChosen(binding.account_id);
    if (binding.account_id === account?.account_id) return;
    ask(
      api.PUT("/api/bindings/{account_id}/primary", { params: { path: { account_id: binding.account_id } } }),
    ).then(
      () => {
        refresh("bindings");
        refresh("profile");
      },
      (reason: unknown) => {
        setChosen(null);
        setFailed(reason instanceof Problem ? reason.message : "Не получилось. Повторите попытку.");
      },
    );
  };
  return (
    <Page title="Выбор лицевого счета">
      {problem && !problem.sessionEnded && <Failure problem={problem} retry={reload} />}
      {failed && (
        <Note tone="bad" live>
          <p>{failed}</p>
        </Note>
      )}
      {!bindings && !problem && <Waiting />}
      {bindings && bindings.length === 0 && (
        <Empty>К личному кабинету пока не привязан ни один лицевой счет.</Empty>
      )}
      {bindings && bindings.length > 0 && (
        <>
          <p>Нажмите на номер лицевого счета, чтобы видеть информацию по нему.</p>
          <section class="card">
            <Table
              caption="Лицевые счета"
              hideCaption
              class="table-accounts"
              columns={[NUMBER, ADDRESS, SUPPLIER, PAPERLESS, UNBIND].map((title) => ({ title }))}
            >
              {bindings.map((binding) => {
                const active = binding.account_id === account?.account_id;
                return (
                  <Row key={binding.account_id} class={active ? "row-active" : ""}>
                    <Cell of={NUMBER} head>
                      <button
                        type="button"
                        class="button button-quiet account-choice"
                        aria-pressed={active}
                        onClick={() => choose(binding)}
                      >
                        {binding.number}
                        {active && (
                          <>
                            <Icon name="check" />
                            <span class="sr-only"> выбран</span>
                          </>
                        )}
                      </button>
                    </Cell>
                    <Cell of={ADDRESS} class="cell-stack">
                      {binding.address}
                      {binding.needs_surname && <span class="muted"> · нужна фамилия собственника</span>}
                    </Cell>
                    <Cell of={SUPPLIER} class="cell-stack">
                      {binding.supplier_name}
                    </Cell>
                    <Cell of={PAPERLESS} class="cell-stack">
                      <PaperlessBox binding={binding} />
                    </Cell>
                    <Cell of={UNBIND} class="cell-action">
                      <button
                        type="button"
                        class="button button-danger"
                        aria-label={`Отвязать лицевой счет ${binding.number}`}
                        onClick={() => setUnbinding(binding)}
                      >
                        <Icon name="close" /> <span class="phone-words">Отвязать</span>
                      </button>
                    </Cell>
                  </Row>
                );
              })}
            </Table>
          </section>
        </>
      )}
      <p>
        <a class="button button-main" href={CLIENT_PAGES.bind}>
          <Icon name="plus" /> Привязать лицевой счет
        </a>
      </p>
      {unbinding && <UnbindDialog binding={unbinding} onClose={() => setUnbinding(null)} />}
    </Page>
  );
}

function UnbindDialog({ binding, onClose }: { binding: Binding; onClose: () => void }) {
  const form = useForm("unbind");
  const unbind = async () => {
    await ask(
      api.DELETE("/api/bindings/{account_id}", { params: { path: { account_id: binding.account_id } } }),
    );
    onClose();
    refresh();
  };
  return (
    <Dialog title="Отвязать лицевой счет?" onClose={onClose}>
      <p>
        Лицевой счет <strong>{binding.number}</strong>, {binding.address}, больше не будет виден в Вашем
        личном кабинете. Привязать его снова можно в любое время.
      </p>
      {form.problem && (
        <Note tone="bad" live>
          <p>{form.problem.message}</p>
        </Note>
      )}
      <div class="actions">
        <button
          type="button"
          class="button button-main"
          aria-disabled={form.busy}
          onClick={() => void form.run(unbind)}
        >
          Подтвердить
        </button>
        <button type="button" class="button button-second" onClick={onClose}>
          Отмена
        </button>
      </div>
    </Dialog>
  );
}
