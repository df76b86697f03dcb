// «Автоплатежи»: what could not be charged, and why, as the rule's owner was informed.
import { api, unwrap } from "../api/client";
import { usePages } from "../api/query";
import { rubles, time } from "../format";
import { Cell, Row } from "../ui/table";
import { Screen } from "./layout";
import { ListTable, PagedList } from "./lists";
import { accountNumber } from "./order-labels";
import { orderPath } from "./routes";
import type { AutopayFailure } from "./types";
import { SupplierScope } from "./supplier-scope";

const COLUMNS = [
  { title: "Когда" },
  { title: "Лицевой счёт" },
  { title: "Сумма", number: true },
  { title: "Что случилось" },
  { title: "Заказ" },
];

export function AutopayFailures() {
  return (
    <Screen title="Автоплатежи">
      <p>Списания, которые не прошли за последние 60 дней. Житель получил об этом письмо.</p>
      <SupplierScope>
        {(supplierId) => <SupplierFailures key={supplierId} supplierId={supplierId} />}
      </SupplierScope>
    </Screen>
  );
}

function SupplierFailures({ supplierId }: { supplierId: string }) {
  const pages = usePages<AutopayFailure>(`autopay-failures:${supplierId}`, (cursor) =>
    unwrap(
      api.GET("/api/staff/autopay-failures", {
        params: { query: { supplier_id: supplierId, ...(cursor ? { cursor } : {}) } },
      }),
    ),
  );
  return (
    <PagedList
      pages={pages}
      none="Все списания прошли."
      lines={(items) => (
        <ListTable caption="Неудавшиеся автоплатежи" columns={COLUMNS}>
          {items.map((item) => (
            <Row key={`${item.at}${item.account_id}`}>
              <Cell column="Когда" head>
                {time(item.at)}
              </Cell>
              <Cell column="Лицевой счёт">{accountNumber(item.account_id)}</Cell>
              <Cell column="Сумма" number>
                {item.amount === null ? "" : rubles(item.amount)}
              </Cell>
              <Cell column="Что случилось">{item.text}</Cell>
              <Cell column="Заказ">
                {item.order_id && <a href={orderPath(item.order_id)}>{item.order_id}</a>}
              </Cell>
            </Row>
          ))}
        </ListTable>
      )}
    />
  );
}
