// One order with its whole story: sums of the order, the bank and the ledger; lines; attempts; refunds; what happened.
import { useRoute } from "preact-iso";
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import { amount, rubles, time } from "../format";
import { QueryView, Note } from "../ui/feedback";
import { Cell, Row, Table } from "../ui/table";
import { Fact } from "./fact";
import { Screen } from "./layout";
import { AskBank, ResolveReview } from "./order-decision";
import { Approvals, RefundForm } from "./order-refund";
import { accountNumber, METHODS, ORDER_STATUSES, REFUND_STATUSES, REVIEW_REASONS } from "./order-labels";
import { accountPath, DESK, orderPath } from "./routes";
import { useDesk } from "./session-context";
import type { Order } from "./types";

export function OrderScreen() {
  const id = decodeURIComponent(useRoute().params.order_id ?? "");
  const query = useQuery<Order>(`order:${id}`, () =>
    unwrap(api.GET("/api/staff/orders/{order_id}", { params: { path: { order_id: id } } })),
  );
  return (
    <QueryView query={query}>
      {(order) => (
        <Screen title={`Заказ ${order.order_id}`}>
          <Warnings order={order} />
          <OrderFacts order={order} />
          <AskBank order={order} onChanged={query.setData} />
          <ResolveReview key={order.version} order={order} onChanged={query.setData} />
          <OrderLines order={order} />
          <Approvals order={order} onChanged={query.setData} />
          <Refunds order={order} />
          <RefundForm order={order} onChanged={query.setData} />
          <Attempts order={order} />
          <Timeline order={order} />
          <p>
            <a href={DESK.orders}>К поиску</a>
          </p>
        </Screen>
      )}
    </QueryView>
  );
}

function Warnings({ order }: { order: Order }) {
  return (
    <>
      {order.review_reason && (
        <Note tone="warn">
          <p>Нужно решение: {REVIEW_REASONS[order.review_reason] ?? order.review_reason}.</p>
        </Note>
      )}
      {order.duplicate_charges.length > 0 && (
        <Note tone="warn">
          <p>
            Банк взял деньги ещё раз: {order.duplicate_charges.join(", ")}. Эту оплату верните письмом в банк.
          </p>
        </Note>
      )}
      {order.surplus > 0 && (
        <Note tone="warn">
          <p>Банк взял на {rubles(order.surplus)} больше, чем зачтено.</p>
        </Note>
      )}
      {order.replaced_by && (
        <Note tone="info">
          <p>
            Житель выбрал другой способ оплаты: заказ{" "}
            <a href={orderPath(order.replaced_by)}>{order.replaced_by}</a>.
          </p>
        </Note>
      )}
    </>
  );
}

function OrderFacts({ order }: { order: Order }) {
  return (
    <dl class="facts card">
      <Fact name="Состояние" value={ORDER_STATUSES[order.status]} />
      <Fact name="Создан" value={time(order.created_at)} />
      <Fact name="Оплачен" value={order.paid_at && time(order.paid_at)} />
      <Fact
        name="Способ"
        value={METHODS[order.method] + (order.card_digits ? ` …${order.card_digits}` : "")}
      />
      <Fact name="Договор с банком" value={order.contract} />
      <Fact
        name="К оплате с комиссией"
        value={`${rubles(order.total)} (комиссия ${amount(order.commission)})`}
      />
      <Fact name="Банк взял" value={order.taken === null ? null : rubles(order.taken)} />
      <Fact name="Зачтено" value={order.posted ? rubles(order.posted) : null} />
      <Fact name="Возвращено" value={order.returned ? rubles(order.returned) : null} />
      <Fact name="Номер платежа в банке" value={order.paid_by} />
      <Fact name="Кто платил" value={payerText(order)} />
    </dl>
  );
}

function payerText(order: Order): string {
  if (order.is_guest) return "без кабинета";
  return order.is_autopay ? "автоплатёж" : "житель в кабинете";
}

const LINE_COLUMNS = [
  { title: "№" },
  { title: "Услуга" },
  { title: "Лицевой счёт" },
  { title: "Получатель" },
  { title: "Сумма", number: true },
  { title: "Возвращено", number: true },
];

function OrderLines({ order }: { order: Order }) {
  const { may } = useDesk();
  return (
    <section class="stack" aria-labelledby="lines">
      <h2 id="lines">Что оплачено</h2>
      <Table caption="Строки заказа" hideCaption columns={LINE_COLUMNS} class="desk-table">
        {order.items.map((item) => (
          <Row key={item.position}>
            <Cell column="№" head>
              {item.position + 1}
            </Cell>
            <Cell column="Услуга">
              {item.service}
              <span class="muted">, {item.receipt}</span>
            </Cell>
            <Cell column="Лицевой счёт">
              {may("residents") ? (
                <a href={accountPath(item.account_id)}>{accountNumber(item.account_id)}</a>
              ) : (
                accountNumber(item.account_id)
              )}
              {item.address && <span class="muted">, {item.address}</span>}
            </Cell>
            <Cell column="Получатель">{item.payee || item.payee_inn}</Cell>
            <Cell column="Сумма" number>
              {amount(item.amount)}
            </Cell>
            <Cell column="Возвращено" number>
              {item.returned ? amount(item.returned) : ""}
            </Cell>
          </Row>
        ))}
      </Table>
    </section>
  );
}

const REFUND_COLUMNS = [
  { title: "Когда" },
  { title: "Сумма", number: true },
  { title: "Состояние" },
  { title: "Строки" },
  { title: "Причина" },
  { title: "Кто запросил" },
];

function Refunds({ order }: { order: Order }) {
  if (order.refunds.length === 0) return null;
  return (
    <section class="stack" aria-labelledby="refunds">
      <h2 id="refunds">Возвраты</h2>
      <Table caption="Возвраты" hideCaption columns={REFUND_COLUMNS} class="desk-table">
        {order.refunds.map((refund) => (
          <Row key={refund.refund_id}>
            <Cell column="Когда" head>
              {time(refund.at)}
            </Cell>
            <Cell column="Сумма" number>
              {amount(refund.amount)}
            </Cell>
            <Cell column="Состояние">
              {REFUND_STATUSES[refund.status]}
              {refund.error && ` (${refund.error})`}
            </Cell>
            <Cell column="Строки">{refund.positions.map((position) => position + 1).join(", ")}</Cell>
            <Cell column="Причина">{refund.reason}</Cell>
            <Cell column="Кто запросил">{refund.requested_by || "банк"}</Cell>
          </Row>
        ))}
      </Table>
    </section>
  );
}

const ATTEMPT_COLUMNS = ["Номер в банке", "Начата", "Платёж", "Чем кончилась"].map((title) => ({ title }));

function Attempts({ order }: { order: Order }) {
  if (order.attempts.length === 0) return null;
  return (
    <section class="stack" aria-labelledby="attempts">
      <h2 id="attempts">Попытки оплаты в банке</h2>
      <Table caption="Попытки оплаты" hideCaption columns={ATTEMPT_COLUMNS} class="desk-table">
        {order.attempts.map((attempt) => (
          <Row key={attempt.number}>
            <Cell column="Номер в банке" head>
              {attempt.number}
            </Cell>
            <Cell column="Начата">{time(attempt.begun_at)}</Cell>
            <Cell column="Платёж">{attempt.bank_order_id ?? "банк не зарегистрировал"}</Cell>
            <Cell column="Чем кончилась">{attemptOutcome(order, attempt)}</Cell>
          </Row>
        ))}
      </Table>
    </section>
  );
}

function attemptOutcome(order: Order, attempt: Order["attempts"][number]): string {
  if (attempt.bank_order_id && attempt.bank_order_id === order.paid_by) return "оплачена";
  if (attempt.decline_code) return `отказ банка, код ${attempt.decline_code}`;
  if (attempt.is_dead) return "оплатить нельзя";
  return `действует до ${time(attempt.ends_at)}`;
}

function Timeline({ order }: { order: Order }) {
  return (
    <section class="stack" aria-labelledby="story">
      <h2 id="story">Что происходило</h2>
      <ol class="story card">
        {order.timeline.map((event, index) => (
          <li key={index}>
            <span class="muted">{time(event.at)}</span>{" "}
            {event.is_decision && <strong>Решение сотрудника: </strong>}
            {event.what}
          </li>
        ))}
      </ol>
    </section>
  );
}
