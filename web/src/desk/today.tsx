// «Сегодня»: what needs a person now.
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import { Empty, QueryView } from "../ui/feedback";
import { Screen } from "./layout";
import { RequestTable } from "./request-table";
import { DESK } from "./routes";
import { useDesk } from "./session-context";
import { MoneyToday } from "./today-money";
import { Numbers } from "./today-numbers";
import { SupplierScope } from "./supplier-scope";

const REQUEST_LISTS = [
  { key: "overdue", title: "Просрочены", query: { overdue: true }, none: "Просроченных заявок нет." },
  { key: "mine", title: "Мои заявки", query: { assigned: "me" }, none: "Вы не взяли ни одной заявки." },
  { key: "free", title: "Никем не взяты", query: { assigned: "nobody" }, none: "Все заявки взяты." },
] as const;

export function Today() {
  const { may } = useDesk();
  return (
    <Screen title="Сегодня">
      {may("requests") && REQUEST_LISTS.map((list) => <RequestPreview key={list.key} list={list} />)}
      {may("money") && <MoneyToday />}
      <SupplierScope>{(supplier) => <Numbers supplier={supplier} />}</SupplierScope>
    </Screen>
  );
}

function RequestPreview({ list }: { list: (typeof REQUEST_LISTS)[number] }) {
  const { key, title, query, none } = list;
  const found = useQuery(`today:${key}`, () =>
    unwrap(api.GET("/api/staff/requests", { params: { query: { ...query } } })),
  );
  const all = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return (
    <section class="card stack" aria-labelledby={`today-${key}`}>
      <h2 id={`today-${key}`}>{title}</h2>
      <QueryView query={found} reserve={80}>
        {({ items, next }) =>
          items.length === 0 && !next ? (
            <Empty>{none}</Empty>
          ) : (
            <>
              <RequestTable caption={title} items={items.slice(0, 5)} />
              {(items.length > 5 || next) && (
                <p>
                  <a href={`${DESK.requests}?${all.toString()}`}>Показать все</a>
                </p>
              )}
            </>
          )
        }
      </QueryView>
    </section>
  );
}
