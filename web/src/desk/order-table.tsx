// A table of orders, one line each.
import { rubles, time } from "../format";
import { Cell, Row } from "../ui/table";
import { ListTable } from "./lists";
import { accountNumber, METHODS, ORDER_STATUSES, REVIEW_REASONS } from "./order-labels";
import { orderPath } from "./routes";
import type { OrderSummary } from "./types";

const COLUMNS = [
  { title: "Заказ" },
  { title: "Создан" },
  { title: "Сумма", number: true },
  { title: "Состояние" },
  { title: "Способ" },
  { title: "Лицевой счёт" },
];

export function OrderTable({ caption, items }: { caption: string; items: OrderSummary[] }) {
  return (
    <ListTable caption={caption} columns={COLUMNS}>
      {items.map((item) => (
        <Row key={item.order_id}>
          <Cell column="Заказ" head>
            <a href={orderPath(item.order_id)}>{item.order_id}</a>
          </Cell>
          <Cell column="Создан">{time(item.created_at)}</Cell>
          <Cell column="Сумма" number>
            {rubles(item.total)}
          </Cell>
          <Cell column="Состояние">
            {ORDER_STATUSES[item.status]}
            {item.review_reason && (
              <strong class="late">: {REVIEW_REASONS[item.review_reason] ?? item.review_reason}</strong>
            )}
            {item.status === "paid" && item.returned > 0 && `, возвращено ${rubles(item.returned)}`}
          </Cell>
          <Cell column="Способ">
            {METHODS[item.method]}
            {item.card_digits && ` …${item.card_digits}`}
            {item.is_autopay && ", автоплатёж"}
            {item.is_guest && ", без кабинета"}
          </Cell>
          <Cell column="Лицевой счёт">{item.account_ids.map(accountNumber).join(", ")}</Cell>
        </Row>
      ))}
    </ListTable>
  );
}
