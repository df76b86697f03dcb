// «Мои оплаты»: the orders paid, or not, in the cabinet.
import { api, unwrap } from "../api/client";
import { usePages } from "../api/query";
import type { Order } from "../api/types";
import { amount, time } from "../format";
import { orderRoute, ROUTES } from "../routes";
import { Empty, QueryView } from "../ui/feedback";
import { LoadMore } from "../ui/load-more";
import { Page } from "../ui/page";
import { Cell, Row, Table } from "../ui/table";
import { ORDER_TEXTS } from "./order-status";

const TITLES = ["Дата", "Состояние", "Сумма (руб.)"] as const;

export function OrdersScreen() {
  const query = usePages<Order>("orders", (cursor) =>
    unwrap(api.GET("/api/orders", { params: { query: cursor ? { cursor } : {} } })),
  );
  return (
    <Page title="Мои оплаты">
      <QueryView query={query}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty>Оплат в личном кабинете пока не было.</Empty>
          ) : (
            <section class="card">
              <Table
                caption="Мои оплаты"
                hideCaption
                columns={TITLES.map((title) => ({ title, number: title === "Сумма (руб.)" }))}
              >
                {page.items.map((order) => (
                  <Row key={order.order_id}>
                    <Cell column={TITLES[0]} head>
                      <a href={orderRoute(order.order_id)}>{time(order.created_at)}</a>
                    </Cell>
                    <Cell column={TITLES[1]}>
                      <span class={`tag tag-${ORDER_TEXTS[order.status].tone}`}>
                        {ORDER_TEXTS[order.status].title}
                      </span>
                    </Cell>
                    <Cell column={TITLES[2]} number class="cell-strong">
                      {amount(order.total)}
                    </Cell>
                  </Row>
                ))}
              </Table>
              <LoadMore pages={query} />
            </section>
          )
        }
      </QueryView>
      {query.data && (
        <p class="actions">
          <a href={ROUTES.payments}>История оплат по лицевому счету</a>
        </p>
      )}
    </Page>
  );
}
