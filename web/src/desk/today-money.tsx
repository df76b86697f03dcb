// The money half of «Сегодня»: refunds that wait for a second person, orders that wait for a decision.
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import { amount, localDay, rubles, time } from "../format";
import { Bars } from "../ui/bars";
import { Empty, QueryView, Note } from "../ui/feedback";
import { Cell, Row } from "../ui/table";
import { Fact } from "./fact";
import { ListTable } from "./lists";
import { OrderTable } from "./order-table";
import { methodName } from "./order-labels";
import { DESK, orderPath } from "./routes";
import type { Totals } from "./types";

const MAX_SHOWN = 5;
const COLUMNS = [
  { title: "Заказ" },
  { title: "Сумма", number: true },
  { title: "Причина" },
  { title: "Кто просит" },
  { title: "До" },
];

export function MoneyToday() {
  return (
    <>
      <SilentBanks />
      <WaitingRefunds />
      <OrdersInReview />
      <PaidThisMonth />
    </>
  );
}

function WaitingRefunds() {
  const found = useQuery("today:refunds", () => unwrap(api.GET("/api/staff/refund-approvals")));
  return (
    <section class="card stack" aria-labelledby="today-refunds">
      <h2 id="today-refunds">Возвраты ждут одобрения</h2>
      <QueryView query={found} reserve={80}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>Таких возвратов нет.</Empty>
          ) : (
            <ListTable caption="Возвраты ждут одобрения" columns={COLUMNS}>
              {items.map((item) => (
                <Row key={item.refund_id}>
                  <Cell column="Заказ" head>
                    <a href={orderPath(item.order_id)}>{item.order_id}</a>
                  </Cell>
                  <Cell column="Сумма" number>
                    {rubles(item.amount)}
                  </Cell>
                  <Cell column="Причина">{item.reason}</Cell>
                  <Cell column="Кто просит">{item.requested_name}</Cell>
                  <Cell column="До">{time(item.valid_until)}</Cell>
                </Row>
              ))}
            </ListTable>
          )
        }
      </QueryView>
    </section>
  );
}

function OrdersInReview() {
  const found = useQuery("today:review", () =>
    unwrap(api.GET("/api/staff/orders", { params: { query: { status: "review" } } })),
  );
  return (
    <section class="card stack" aria-labelledby="today-review">
      <h2 id="today-review">Платежи на проверке</h2>
      <QueryView query={found} reserve={80}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>Платежей на проверке нет.</Empty>
          ) : (
            <>
              <OrderTable caption="Платежи на проверке" items={items.slice(0, MAX_SHOWN)} />
              {items.length > MAX_SHOWN && (
                <p>
                  <a href={`${DESK.orders}?status=review`}>Показать все {items.length}</a>
                </p>
              )}
            </>
          )
        }
      </QueryView>
    </section>
  );
}

/** Nothing while every bank answers. */
function SilentBanks() {
  const found = useQuery("today:contracts", () => unwrap(api.GET("/api/staff/contracts")));
  const silent = found.data?.items.filter((each) => each.silent_since !== null) ?? [];
  if (silent.length === 0) return null;
  return (
    <Note tone="bad" live>
      {silent.map((each) => (
        <p key={each.contract}>
          Банк не отвечает по договору {each.contract} с {time(each.silent_since ?? "")}.
        </p>
      ))}
    </Note>
  );
}

const METHOD_COLUMNS = [
  { title: "Способ" },
  { title: "Оплачено", number: true },
  { title: "Возвращено", number: true },
  { title: "Итого", number: true },
];

/** What was paid by each method, less what was given back; the figures behind it unfold. */
function Methods({ methods }: { methods: Totals["methods"] }) {
  const left = ({ paid, refunded }: Totals["methods"][number]) => paid - refunded;
  return (
    <figure class="method-chart stack">
      <figcaption>По способам оплаты, за вычетом возвратов</figcaption>
      <Bars
        bars={methods.map((each) => ({ title: methodName(each.method), kopecks: left(each), strong: true }))}
        greatest={Math.max(...methods.map(left))}
      />
      <details>
        <summary>Таблицей</summary>
        <ListTable caption="Оплачено за месяц по способам" columns={METHOD_COLUMNS}>
          {methods.map((each) => (
            <Row key={each.method}>
              <Cell column="Способ" head>
                {methodName(each.method)}
              </Cell>
              <Cell column="Оплачено" number>
                {amount(each.paid)}
              </Cell>
              <Cell column="Возвращено" number>
                {amount(each.refunded)}
              </Cell>
              <Cell column="Итого" number>
                {amount(left(each))}
              </Cell>
            </Row>
          ))}
        </ListTable>
      </details>
    </figure>
  );
}

function PaidThisMonth() {
  const to = localDay(new Date());
  const from = `${to.slice(0, 8)}01`;
  const found = useQuery("today:totals", () =>
    unwrap(api.GET("/api/staff/totals", { params: { query: { from, to } } })),
  );
  return (
    <section class="card stack" aria-labelledby="today-month">
      <h2 id="today-month">Оплачено за месяц</h2>
      <QueryView query={found} reserve={80}>
        {(totals) => (
          <>
            <dl class="facts">
              <Fact name="Оплачено" value={rubles(totals.paid)} />
              <Fact name="Возвращено" value={rubles(totals.refunded)} />
            </dl>
            {totals.methods.length > 0 && <Methods methods={totals.methods} />}
            <p>
              <a href={DESK.totals}>По получателям и дням</a>
            </p>
          </>
        )}
      </QueryView>
    </section>
  );
}
