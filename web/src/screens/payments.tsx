// «История оплат»: what was paid, by pages, and the orders paid here.
import { paymentsRead } from "../api/account-reads";
import { useChange } from "../api/change";
import { fetchAllItems, usePages } from "../api/query";
import type { Binding, Payment } from "../api/types";
import { csv, csvAmount, download } from "../csv";
import { amount, date, rubles } from "../format";
import { monthRoute, ROUTES } from "../routes";
import { AccountPage } from "../shell/account-header";
import { Empty, Failure, QueryView } from "../ui/feedback";
import { Icon } from "../ui/icons";
import { useReadOnly } from "../ui/read-only";
import { LoadMore } from "../ui/load-more";
import { Cell, LineRow, Table } from "../ui/table";

const TITLES = ["Вид оплаты", "Дата приема", "Дата обработки", "Сумма (руб.)"] as const;
const COLUMNS = TITLES.map((title) => ({ title, number: title === "Сумма (руб.)" }));

export function PaymentsScreen() {
  return (
    <AccountPage title="История оплат" history reads={(id) => [paymentsRead(id)]}>
      {(account) => <PaymentsContent account={account} />}
    </AccountPage>
  );
}

function paymentsCsv(payments: Payment[]): string {
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

function PaymentsContent({ account }: { account: Binding }) {
  const id = account.account_id;
  const { key, load } = paymentsRead(id);
  const query = usePages(key, load);
  const exporting = useChange();
  const exportCsv = async () =>
    download(`оплаты-${account.number}.csv`, paymentsCsv(await fetchAllItems(load)));
  return (
    <QueryView query={query}>
      {(page) => (
        <>
          <div class="toolbar">
            <a href={ROUTES.orders}>Мои оплаты в личном кабинете</a>
            {page.items.length > 0 && (
              <button
                type="button"
                class="button button-second"
                aria-disabled={exporting.busy}
                onClick={() => exporting.run(exportCsv)}
              >
                <Icon name="download" /> Скачать таблицу (CSV)
              </button>
            )}
          </div>
          {exporting.problem && <Failure problem={exporting.problem} />}
          {page.items.length === 0 ? (
            <Empty>Оплат по этому лицевому счету пока нет.</Empty>
          ) : (
            <section class="card">
              <PaymentsTable items={page.items} />
              <LoadMore pages={query} />
            </section>
          )}
        </>
      )}
    </QueryView>
  );
}

export function PaymentsTable({ items }: { items: Payment[] }) {
  const readOnly = useReadOnly();
  return (
    <Table caption="История оплат" hideCaption columns={COLUMNS}>
      {items.map((payment, index) => (
        <LineRow
          key={index}
          column={TITLES[0]}
          title={payment.kind}
          line={
            <>
              {date(payment.received_on)}
              <span class="muted">
                {payment.kind}
                {!payment.processed_on && ", ещё не учтена"}
              </span>
            </>
          }
          sum={payment.amount > 0 ? `возврат ${rubles(payment.amount)}` : rubles(-payment.amount)}
        >
          <Cell column={TITLES[1]}>{date(payment.received_on)}</Cell>
          <Cell column={TITLES[2]}>
            {payment.processed_on && readOnly ? (
              date(payment.processed_on)
            ) : payment.processed_on ? (
              <a href={monthRoute("services", payment.processed_on.slice(0, 7))}>
                {date(payment.processed_on)}
                <span class="sr-only">, детализация за этот месяц</span>
              </a>
            ) : (
              <span class="tag tag-wait">ещё не учтена</span>
            )}
          </Cell>
          <Cell column={TITLES[3]} number class="cell-strong">
            {amount(payment.amount)}
          </Cell>
        </LineRow>
      ))}
    </Table>
  );
}
