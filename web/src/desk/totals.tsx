// «Итоги»: what was paid and given back in some days, by payee, method and day; the sums of the registries.
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import { csv, download } from "../csv";
import { amount, date as day, localDay, rubles } from "../format";
import { Empty, QueryView } from "../ui/feedback";
import { Field } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Cell, Row, Table } from "../ui/table";
import { Fact } from "./fact";
import { Screen } from "./layout";
import { methodName } from "./order-labels";
import { DESK } from "./routes";
import { daysIn, MAX_DAYS, totalsOfDays } from "./long-totals";
import type { Totals as TotalsData } from "./types";
import { SupplierScope } from "./supplier-scope";

export function Totals() {
  return (
    <Screen title="Итоги">
      <SupplierScope>
        {(supplierId) => <SupplierTotals key={supplierId} supplierId={supplierId} />}
      </SupplierScope>
    </Screen>
  );
}

function SupplierTotals({ supplierId }: { supplierId: string }) {
  const { query, route } = useLocation();
  const today = localDay(new Date());
  const from = query.from ?? `${today.slice(0, 8)}01`;
  const to = query.to ?? today;
  const found = useQuery<TotalsData>(`totals:${supplierId}:${from}:${to}`, () =>
    totalsOfDays(from, to, (from, to) =>
      unwrap(api.GET("/api/staff/totals", { params: { query: { supplier_id: supplierId, from, to } } })),
    ),
  );
  const choose = (next: { from: string; to: string }) =>
    route(`${DESK.totals}?${new URLSearchParams({ supplier_id: supplierId, ...next }).toString()}`, true);
  return (
    <>
      <DaysForm from={from} to={to} onChosen={choose} />
      <QueryView query={found}>
        {(totals) =>
          totals.payments + totals.refunds === 0 ? (
            <Empty>За эти дни платежей нет.</Empty>
          ) : (
            <>
              <dl class="facts card">
                <Fact name="Оплачено" value={`${rubles(totals.paid)} (платежей ${totals.payments})`} />
                <Fact name="Возвращено" value={`${rubles(totals.refunded)} (возвратов ${totals.refunds})`} />
                <Fact name="Итого по реестрам" value={rubles(totals.paid - totals.refunded)} />
                <Fact name="Комиссия и прочее сверх строк" value={rubles(totals.beyond)} />
              </dl>
              <Breakdown
                title="По получателям"
                first="Получатель"
                rows={totals.payees.map((each) => [each.payee || each.payee_inn || "не назван", each])}
              />
              <Breakdown
                title="По способам оплаты"
                first="Способ"
                rows={totals.methods.map((each) => [methodName(each.method), each])}
              />
              <TotalsByDay totals={totals} />
            </>
          )
        }
      </QueryView>
    </>
  );
}

function DaysForm(props: {
  from: string;
  to: string;
  onChosen: (days: { from: string; to: string }) => void;
}) {
  const form = useForm("totals");
  const [from, setFrom] = useState(props.from);
  const [to, setTo] = useState(props.to);
  return (
    <div class="card">
      <Form
        form={form}
        label="Дни"
        check={() => ({
          to: to < from && "Последний день раньше первого",
          from: daysIn(from, to) > MAX_DAYS && `Выберите не больше ${MAX_DAYS} дней`,
        })}
        act={() => {
          props.onChosen({ from, to });
          return Promise.resolve();
        }}
      >
        <div class="fields-row">
          <Field name="from" label="С какого дня" type="date" value={from} onValue={setFrom} />
          <Field name="to" label="По какой день" type="date" value={to} onValue={setTo} />
        </div>
        <Submit>Показать</Submit>
      </Form>
    </div>
  );
}

interface PaidAndRefunded {
  paid: number;
  refunded: number;
}

function Breakdown({
  title,
  first,
  rows,
}: {
  title: string;
  first: string;
  rows: [string, PaidAndRefunded][];
}) {
  const columns = [
    { title: first },
    { title: "Оплачено", number: true },
    { title: "Возвращено", number: true },
    { title: "Итого", number: true },
  ];
  return (
    <section class="stack">
      <h2>{title}</h2>
      <Table caption={title} hideCaption columns={columns} class="desk-table">
        {rows.map(([name, sums]) => (
          <Row key={name}>
            <Cell column={first} head>
              {name}
            </Cell>
            <Cell column="Оплачено" number>
              {amount(sums.paid)}
            </Cell>
            <Cell column="Возвращено" number>
              {amount(sums.refunded)}
            </Cell>
            <Cell column="Итого" number>
              {amount(sums.paid - sums.refunded)}
            </Cell>
          </Row>
        ))}
      </Table>
    </section>
  );
}

const DAY_COLUMNS = ["День", "Получатель", "ИНН", "Оплачено", "Возвращено", "Итого"];

function TotalsByDay({ totals }: { totals: TotalsData }) {
  const rows = totals.days.flatMap((each) =>
    each.payees.map((payee) => ({ day: each.day, ...payee, left: payee.paid - payee.refunded })),
  );
  const save = () =>
    download(
      "totals.csv",
      csv([
        DAY_COLUMNS,
        ...rows.map((row) => [
          day(row.day),
          row.payee,
          row.payee_inn,
          amount(row.paid),
          amount(row.refunded),
          amount(row.left),
        ]),
      ]),
    );
  return (
    <section class="stack" aria-labelledby="by-day">
      <h2 id="by-day">По дням</h2>
      <p>
        <button type="button" class="button button-second" onClick={save}>
          Сохранить как CSV
        </button>
      </p>
      <Table
        caption="По дням"
        hideCaption
        columns={DAY_COLUMNS.filter((name) => name !== "ИНН").map((title, index) => ({
          title,
          number: index > 1,
        }))}
        class="desk-table"
      >
        {rows.map((row) => (
          <Row key={`${row.day}${row.payee_inn}`}>
            <Cell column="День" head>
              {day(row.day)}
            </Cell>
            <Cell column="Получатель">{row.payee || row.payee_inn || "не назван"}</Cell>
            <Cell column="Оплачено" number>
              {amount(row.paid)}
            </Cell>
            <Cell column="Возвращено" number>
              {amount(row.refunded)}
            </Cell>
            <Cell column="Итого" number>
              {amount(row.left)}
            </Cell>
          </Row>
        ))}
      </Table>
    </section>
  );
}
