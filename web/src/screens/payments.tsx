// «История оплат»: what was paid, by pages, and the orders paid here.
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { Problem } from "../api/problem";
import { everyItem, usePages } from "../api/query";
import type { Binding, Payment } from "../api/types";
import { csv, csvAmount, download } from "../csv";
import { amount, date } from "../format";
import { AccountPage } from "../shell/account-line";
import { Empty, Loaded, Note } from "../ui/feedback";
import { Icon } from "../ui/icons";
import { More } from "../ui/more";
import { Cell, Row, Table } from "../ui/table";

const TITLES = ["Вид оплаты", "Дата приема", "Дата обработки", "Сумма (руб.)"] as const;
const COLUMNS = TITLES.map((title) => ({ title, number: title === "Сумма (руб.)" }));

export function PaymentsScreen() {
  return (
    <AccountPage title="История оплат" history>
      {(account) => <PaymentsOf account={account} />}
    </AccountPage>
  );
}

function exported(payments: Payment[]): string {
  return csv([
    [...TITLES],
    ...payments.map((payment) => [
      payment.kind,
      date(payment.received_on),
      date(payment.processed_on),
      csvAmount(payment.amount),
    ]),
  ]);
}

function PaymentsOf({ account }: { account: Binding }) {
  const id = account.account_id;
  const load = (cursor?: string) =>
    ask(
      api.GET("/api/accounts/{account_id}/payments", {
        params: { path: { account_id: id }, query: cursor ? { cursor } : {} },
      }),
    );
  const query = usePages<Payment>(`payments:${id}`, load);
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const take = () => {
    if (busy) return;
    setBusy(true);
    setFailed(null);
    everyItem(load)
      .then(
        (items) => download(`оплаты-${account.number}.csv`, exported(items)),
        (reason: unknown) =>
          setFailed(reason instanceof Problem ? reason.message : "Не получилось. Повторите попытку."),
      )
      .then(() => setBusy(false));
  };
  return (
    <Loaded query={query}>
      {(page) => (
        <>
          <div class="toolbar">
            <a href="/orders">Мои оплаты в личном кабинете</a>
            {page.items.length > 0 && (
              <button type="button" class="button button-second" aria-disabled={busy} onClick={take}>
                <Icon name="download" /> Скачать таблицу (CSV)
              </button>
            )}
          </div>
          {failed && (
            <Note tone="bad" live>
              <p>{failed}</p>
            </Note>
          )}
          {page.items.length === 0 ? (
            <Empty>Оплат по этому лицевому счету пока нет.</Empty>
          ) : (
            <section class="card">
              <Table caption="История оплат" hideCaption columns={COLUMNS}>
                {page.items.map((payment, index) => (
                  <Row key={index}>
                    <Cell of={TITLES[0]} head>
                      {payment.kind}
                    </Cell>
                    <Cell of={TITLES[1]}>{date(payment.received_on)}</Cell>
                    <Cell of={TITLES[2]}>
                      {payment.processed_on ? (
                        date(payment.processed_on)
                      ) : (
                        <span class="tag tag-wait">ещё не учтена</span>
                      )}
                    </Cell>
                    <Cell of={TITLES[3]} number class="cell-strong">
                      {amount(payment.amount)}
                    </Cell>
                  </Row>
                ))}
              </Table>
              <More pages={query} />
            </section>
          )}
        </>
      )}
    </Loaded>
  );
}
