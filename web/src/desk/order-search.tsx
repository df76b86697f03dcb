// «Платежи»: an order by its number or its account, or among those of some days by sum, card and state.
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { usePages } from "../api/query";
import { localDay, typedKopecks } from "../format";
import { Field } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { SavedFilters } from "./filter-row";
import { Screen } from "./layout";
import { PagedList } from "./lists";
import { OrderTable } from "./order-table";
import { ORDER_STATUSES } from "./order-labels";
import { FilterSelect } from "../ui/filter-select";
import { DESK } from "./routes";
import type { Filter } from "./saved-filters";
import type { OrderSummary } from "./types";

const DAY_MS = 24 * 60 * 60 * 1000;

interface SearchInput {
  typed: string;
  sum: string;
  card: string;
  status: string;
  from: string;
  to: string;
}

/** What was typed last: the way back from an order shows it again, and the page's address does not hold it. */
let lastSearch = { typed: "", sum: "", card: "" };

/** The filter in the URL: `days` are those up to today, so that a saved filter goes on with the calendar. */
function parseQuery(query: Record<string, string>): Pick<SearchInput, "status" | "from" | "to"> {
  const days = /^\d{1,3}$/.test(query.days ?? "") ? Number(query.days) : 7;
  return {
    status: query.status && query.status in ORDER_STATUSES ? query.status : "",
    from: query.from ?? localDay(new Date(Date.now() - days * DAY_MS)),
    to: query.to ?? localDay(new Date()),
  };
}

/** What may be saved of a search: its state and days. */
function toFilter({ status, from, to }: SearchInput): Filter {
  const isUpToToday = to === localDay(new Date());
  const days = Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
  return { ...(status ? { status } : {}), ...(isUpToToday ? { days: String(days) } : { from, to }) };
}

export function OrderSearch() {
  const { query, route } = useLocation();
  const [typed, setTyped] = useState(lastSearch);
  const search = { ...typed, ...parseQuery(query) };
  const found = usePages<OrderSummary>(`orders:${JSON.stringify(search)}`, (cursor) =>
    unwrap(
      api.GET("/api/staff/orders", {
        params: { query: { ...parameters(search), ...(cursor ? { cursor } : {}) } },
      }),
    ),
  );
  return (
    <Screen title="Платежи">
      <SearchForm
        search={search}
        onSearch={(next) => {
          lastSearch = { typed: next.typed, sum: next.sum, card: next.card };
          const { status, from, to } = next;
          const shown = new URLSearchParams({ ...(status ? { status } : {}), from, to });
          route(`${DESK.orders}?${shown.toString()}`, true);
          setTyped(lastSearch);
        }}
      />
      <SavedFilters list="orders" filter={toFilter(search)} />
      <PagedList
        pages={found}
        none="Таких платежей нет: проверьте номер, сумму и дни."
        lines={(items) => <OrderTable caption="Найденные платежи" items={items} />}
      />
    </Screen>
  );
}

function parameters(search: SearchInput) {
  const amount = typedKopecks(search.sum);
  return {
    ...(search.typed ? { query: search.typed } : {}),
    ...(search.status ? { status: search.status as OrderSummary["status"] } : {}),
    ...(amount ? { amount } : {}),
    ...(search.card ? { card: search.card } : {}),
    from: search.from,
    to: search.to,
  };
}

function SearchForm({ search, onSearch }: { search: SearchInput; onSearch: (search: SearchInput) => void }) {
  const form = useForm("orders", (field) => ({ query: "typed", amount: "sum" })[field] ?? field);
  const [typed, setTyped] = useState(search);
  const { status, from, to } = search;
  // A saved filter is picked beside the form.
  useEffect(() => setTyped((old) => ({ ...old, status, from, to })), [status, from, to]);
  const set = (name: keyof SearchInput) => (value: string) => setTyped((old) => ({ ...old, [name]: value }));
  return (
    <div class="card" role="search" aria-label="Поиск платежа">
      <Form
        form={form}
        label="Поиск платежа"
        check={() => ({
          sum:
            typed.sum.trim() !== "" &&
            typedKopecks(typed.sum) === null &&
            "Сумма — в рублях, например 293,08",
          card: typed.card.trim() !== "" && !/^\d{4}$/.test(typed.card.trim()) && "Нужны четыре цифры",
          to: typed.to < typed.from && "Последний день раньше первого",
        })}
        act={() => {
          onSearch({ ...typed, typed: typed.typed.trim(), sum: typed.sum.trim(), card: typed.card.trim() });
          return Promise.resolve();
        }}
      >
        <div class="fields-row">
          <Field
            name="typed"
            label="Номер заказа или лицевого счёта"
            hint="С номером дни не важны."
            autoComplete="off"
            value={typed.typed}
            onValue={set("typed")}
          />
          <Field
            name="sum"
            label="Сумма"
            hint="С комиссией или без."
            inputMode="decimal"
            autoComplete="off"
            value={typed.sum}
            onValue={set("sum")}
          />
          <Field
            name="card"
            label="Последние 4 цифры карты"
            inputMode="numeric"
            maxLength={4}
            autoComplete="off"
            value={typed.card}
            onValue={set("card")}
          />
          <Field name="from" label="С какого дня" type="date" value={typed.from} onValue={set("from")} />
          <Field name="to" label="По какой день" type="date" value={typed.to} onValue={set("to")} />
          <FilterSelect
            label="Состояние"
            value={typed.status}
            options={[["", "любое"], ...Object.entries(ORDER_STATUSES)]}
            onValue={set("status")}
          />
        </div>
        <Submit busy="Ищем…">Найти</Submit>
      </Form>
    </div>
  );
}
