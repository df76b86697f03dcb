// «Детализация по услугам»: debt, payment, charge and total by service for a month.
import { useLocation } from "preact-iso";
import { servicesRead } from "../api/account-reads";
import { useRead } from "../api/query";
import type { Binding, Services } from "../api/types";
import { amount } from "../format";
import { monthRoute } from "../routes";
import { AccountPage } from "../shell/account-header";
import { AbbreviationNote } from "../ui/abbreviations";
import { Empty, QueryView } from "../ui/feedback";
import { MonthStepper } from "../ui/month";
import { Cell, LineRow, Table } from "../ui/table";

const SERVICE = "Услуга";
const DEBT = "Долг (+) / Переплата (-)";
const PAID = "Оплачено (-) (руб.)";
const CHARGED = "Начислено (руб.)";
const TOTAL = "Итого к оплате (руб.)";
const COLUMNS = [
  { title: SERVICE },
  { title: DEBT, number: true },
  { title: PAID, number: true },
  { title: CHARGED, number: true },
  { title: TOTAL, number: true },
];

export function ServicesScreen() {
  const period = useLocation().query["period"];
  return (
    <AccountPage title="Детализация по услугам" history reads={(id) => [servicesRead(id, period)]}>
      {(account) => <ServicesContent account={account} />}
    </AccountPage>
  );
}

function ServicesContent({ account }: { account: Binding }) {
  const { query: place, route } = useLocation();
  const period = place["period"];
  const id = account.account_id;
  const query = useRead(servicesRead(id, period));
  return (
    <QueryView query={query}>
      {(services) => (
        <>
          <div class="toolbar">
            <MonthStepper view={services} onMonth={(to) => route(monthRoute("services", to))} />
            <a href={monthRoute("explanation", services.period)}>Почему столько?</a>
          </div>
          {services.receipts.map((receipt, index) => (
            <ServicesTable key={index} receipt={receipt} />
          ))}
          {services.receipts.length === 0 && <Empty>Квитанций пока нет.</Empty>}
        </>
      )}
    </QueryView>
  );
}

export function ServicesTable({ receipt }: { receipt: Services["receipts"][number] }) {
  const cells = (line: { debt: number; paid: number; charged: number; total: number }) => (
    <>
      <Cell column={DEBT} number>
        {amount(line.debt)}
      </Cell>
      <Cell column={PAID} number>
        {amount(line.paid)}
      </Cell>
      <Cell column={CHARGED} number>
        {amount(line.charged)}
      </Cell>
      <Cell column={TOTAL} number class="cell-strong">
        {amount(line.total)}
      </Cell>
    </>
  );
  return (
    <section class="card">
      <Table caption={receipt.title} columns={COLUMNS}>
        {receipt.lines.map((line, index) => (
          <LineRow
            key={index}
            column={SERVICE}
            title={line.service}
            note={<AbbreviationNote text={line.service} />}
            sum={amount(line.total)}
          >
            {cells(line)}
          </LineRow>
        ))}
        <LineRow class="row-total" column={SERVICE} title="ИТОГО" sum={amount(receipt.total.total)}>
          {cells(receipt.total)}
        </LineRow>
      </Table>
    </section>
  );
}
