// «Выбор лицевого счета»: which account is shown, binding and unbinding, and doing without the paper receipt.
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { refresh } from "../api/query";
import type { Binding } from "../api/types";
import { rubles } from "../format";
import { ROUTES } from "../routes";
import { useSession } from "../session-context";
import { Dialog } from "../ui/dialog";
import { Empty, Failure, Note, Spinner } from "../ui/feedback";
import { Icon } from "../ui/icons";
import { useNarrow } from "../ui/media";
import { Page } from "../ui/page";
import { Cell, Row, Table } from "../ui/table";
import { PaperlessCheckbox } from "./paperless";
import "./accounts.css";

const NUMBER = "Лицевой счет";
const ADDRESS = "Адрес";
const SUPPLIER = "Расчетная организация";
const PAPERLESS = "Отказаться от бумажного носителя платежного документа (квитанции)";
const UNBIND = "Отвязать лицевой счет";

export function AccountsScreen() {
  const { home, bindings, account, problem, reload, chooseAccount } = useSession();
  const narrow = useNarrow();
  const [unfolded, setUnfolded] = useState<string | null>(null);
  const [unbinding, setUnbinding] = useState<Binding | null>(null);
  const choosing = useChange();
  const { query, route } = useLocation();
  const show = async ({ account_id, primary }: Binding) => {
    if (!primary) {
      await unwrap(api.PUT("/api/bindings/{account_id}/primary", { params: { path: { account_id } } }));
      refresh("home");
    }
    chooseAccount(account_id);
    route(ROUTES.summary);
  };
  return (
    <Page title="Выбор лицевого счета">
      {problem && !problem.sessionEnded && <Failure problem={problem} retry={reload} />}
      {query["bound"] !== undefined && bindings && <BoundNote bindings={bindings} id={query["bound"]} />}
      {choosing.problem && <Failure problem={choosing.problem} />}
      {!bindings && !problem && <Spinner />}
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
                const flat = home?.flats.find(({ account_id }) => account_id === binding.account_id);
                const owed = flat ? flat.to_pay + flat.not_payable : 0;
                const open = !narrow || bindings.length === 1 || unfolded === binding.account_id;
                return (
                  <Row key={binding.account_id} class={active ? "row-active" : ""}>
                    <Cell column={NUMBER} head>
                      <button
                        type="button"
                        class="button button-quiet account-choice"
                        aria-pressed={active}
                        aria-disabled={choosing.busy}
                        onClick={() => choosing.run(() => show(binding))}
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
                    <Cell column={ADDRESS} class="cell-stack">
                      {binding.address}
                      {binding.needs_surname && <span class="muted"> · нужна фамилия собственника</span>}
                      {owed > 0 && <strong class="account-owed">К оплате {rubles(owed)}</strong>}
                    </Cell>
                    {narrow && bindings.length > 1 && (
                      <Cell column="" class="account-more">
                        <button
                          type="button"
                          class="button button-quiet"
                          aria-expanded={open}
                          aria-label={`${open ? "Свернуть" : "Подробнее"}: лицевой счет ${binding.number}`}
                          onClick={() => setUnfolded(open ? null : binding.account_id)}
                        >
                          {open ? "Свернуть" : "Подробнее"}
                        </button>
                      </Cell>
                    )}
                    {open && (
                      <>
                        <Cell column={SUPPLIER} class="cell-stack">
                          {binding.supplier_name}
                        </Cell>
                        <Cell column={PAPERLESS} class="cell-stack">
                          <PaperlessCheckbox binding={binding} />
                        </Cell>
                        <Cell column={UNBIND} class="cell-action">
                          <button
                            type="button"
                            class="button button-danger"
                            aria-label={`Отвязать лицевой счет ${binding.number}`}
                            onClick={() => setUnbinding(binding)}
                          >
                            <Icon name="close" /> <span class="phone-words">Отвязать</span>
                          </button>
                        </Cell>
                      </>
                    )}
                  </Row>
                );
              })}
            </Table>
          </section>
        </>
      )}
      {bindings && (
        <p>
          <a class="button button-main" href={ROUTES.bind}>
            <Icon name="plus" /> Привязать лицевой счет
          </a>
        </p>
      )}
      {unbinding && <UnbindDialog binding={unbinding} onClose={() => setUnbinding(null)} />}
    </Page>
  );
}

/** The word after a binding that did not become the primary one; the id is unknown when the answer was lost. */
function BoundNote({ bindings, id }: { bindings: Binding[]; id: string }) {
  const bound = bindings.find(({ account_id }) => account_id === id);
  return (
    <Note tone="good" live>
      <p>{bound ? `Лицевой счет ${bound.number} привязан: ${bound.address}` : "Лицевой счет привязан."}</p>
    </Note>
  );
}

function UnbindDialog({ binding, onClose }: { binding: Binding; onClose: () => void }) {
  const { account, chooseAccount } = useSession();
  const unbinding = useChange();
  const unbind = async () => {
    await unwrap(
      api.DELETE("/api/bindings/{account_id}", { params: { path: { account_id: binding.account_id } } }),
    );
    onClose();
    if (account?.account_id === binding.account_id) chooseAccount(null);
    refresh();
  };
  return (
    <Dialog title="Отвязать лицевой счет?" onClose={onClose}>
      <p>
        Лицевой счет <strong>{binding.number}</strong>, {binding.address}, больше не будет виден в Вашем
        личном кабинете. Привязать его снова можно в любое время.
      </p>
      {unbinding.problem && <Failure problem={unbinding.problem} />}
      <div class="actions">
        <button
          type="button"
          class="button button-main"
          aria-disabled={unbinding.busy}
          onClick={() => unbinding.run(unbind)}
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
