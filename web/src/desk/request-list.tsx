// «Заявки»: the list with filters, which are in the URL, so that a link or a bookmark keeps them.
import { useLocation } from "preact-iso";
import { api, unwrap } from "../api/client";
import { usePages } from "../api/query";
import { FilterSelect } from "../ui/filter-select";
import { SavedFilters } from "./filter-row";
import { Screen } from "./layout";
import { PagedList } from "./lists";
import { RequestTable } from "./request-table";
import { DESK } from "./routes";
import type { Filter } from "./saved-filters";
import { useDesk } from "./session-context";
import type { RequestLine, RequestStatus } from "./types";
import { KINDS, STATUSES } from "./labels";

type Status = RequestStatus | "open" | "closed";

interface Filters {
  supplier_id?: string;
  kind?: keyof typeof KINDS;
  status?: Status;
  overdue?: boolean;
  assigned?: string;
}

function parseFilters(query: Record<string, string>): Filters {
  return {
    ...(query.supplier_id ? { supplier_id: query.supplier_id } : {}),
    ...(query.kind && query.kind in KINDS ? { kind: query.kind as keyof typeof KINDS } : {}),
    ...(query.status ? { status: query.status as Status } : {}),
    ...(query.overdue === "true" ? { overdue: true } : {}),
    ...(query.assigned ? { assigned: query.assigned } : {}),
  };
}

/** As the address has them. */
function toFilter(filters: Filters): Filter {
  return Object.fromEntries(Object.entries(filters).map(([name, value]) => [name, String(value)]));
}

export function RequestList() {
  const { query, route } = useLocation();
  const { me, seesEverySupplier } = useDesk();
  const filters = parseFilters(query);
  const set = (name: keyof Filters, value: string) => {
    const next = new URLSearchParams(query);
    if (value) next.set(name, value);
    else next.delete(name);
    const text = next.toString();
    route(text ? `${DESK.requests}?${text}` : DESK.requests, true);
  };
  const pages = usePages<RequestLine>(`requests:${JSON.stringify(filters)}`, (cursor) =>
    unwrap(
      api.GET("/api/staff/requests", { params: { query: { ...filters, ...(cursor ? { cursor } : {}) } } }),
    ),
  );
  const suppliers = seesEverySupplier ? [] : me.suppliers;
  return (
    <Screen title="Заявки">
      <div class="filters" role="search" aria-label="Отбор заявок">
        <FilterSelect
          label="Состояние"
          value={filters.status ?? "open"}
          options={[["open", "незакрытые"], ...Object.entries(STATUSES), ["closed", "закрытые"]]}
          onValue={(value) => set("status", value === "open" ? "" : value)}
        />
        <FilterSelect
          label="Вид"
          value={filters.kind ?? ""}
          options={[["", "любой"], ...Object.entries(KINDS)]}
          onValue={(value) => set("kind", value)}
        />
        <FilterSelect
          label="Кто взял"
          value={filters.assigned ?? ""}
          options={[
            ["", "все"],
            ["me", "я"],
            ["nobody", "никто"],
          ]}
          onValue={(value) => set("assigned", value)}
        />
        {suppliers.length > 1 && (
          <FilterSelect
            label="Организация"
            value={filters.supplier_id ?? ""}
            options={[["", "все"], ...suppliers.map((each): [string, string] => [each, each])]}
            onValue={(value) => set("supplier_id", value)}
          />
        )}
        <label class="filter-check">
          <input
            type="checkbox"
            checked={filters.overdue ?? false}
            onChange={(event) => set("overdue", event.currentTarget.checked ? "true" : "")}
          />{" "}
          только просроченные
        </label>
      </div>
      <SavedFilters list="requests" filter={toFilter(filters)} />
      <PagedList
        pages={pages}
        none="Таких заявок нет."
        lines={(items) => <RequestTable caption="Заявки" items={items} />}
      />
    </Screen>
  );
}
