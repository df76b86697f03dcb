// «Журнал»: who read or changed what; by day, by person, by what it was about; saved as CSV.
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { fetchAllItems, usePages } from "../api/query";
import { csv, download } from "../csv";
import { time } from "../format";
import { InlineFailure } from "../ui/feedback";
import { Field } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Cell, Row } from "../ui/table";
import { SavedFilters } from "./filter-row";
import { Screen } from "./layout";
import { ListTable, PagedList } from "./lists";
import { DESK } from "./routes";
import type { AuditEntry, Role } from "./types";
import { ROLES } from "./labels";

const COLUMN_TITLES = ["Когда", "Кто", "Что", "О ком", "Было", "Стало", "Причина"];
const COLUMNS = COLUMN_TITLES.map((title) => ({ title }));

interface AuditFilter {
  about?: string;
  who?: string;
  from?: string;
}

function cellTexts(entry: AuditEntry): string[] {
  return [
    time(entry.at),
    `${entry.name || entry.who} (${roleName(entry.role)})`,
    entry.title,
    entry.about,
    formatValues(entry.before),
    formatValues(entry.after),
    entry.reason,
  ];
}

function roleName(role: string): string {
  if (role === "command") return "команда";
  return role in ROLES ? ROLES[role as Role] : role;
}

/** What is longer is unfolded: one entry of a supplier's settings would push all others off the screen. */
const MAX_SHOWN_CHARS = 160;

function AuditCell({ text }: { text: string }) {
  if (text.length <= MAX_SHOWN_CHARS) return <>{text}</>;
  return (
    <details>
      <summary>{text.slice(0, MAX_SHOWN_CHARS / 2).trimEnd()}…</summary>
      {text}
    </details>
  );
}

function formatValues(values: Record<string, unknown>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("; ");
}

export function AuditLog() {
  const { query, route } = useLocation();
  const search: AuditFilter = {
    ...(query.about ? { about: query.about } : {}),
    ...(query.who ? { who: query.who } : {}),
    ...(query.from ? { from: query.from } : {}),
  };
  const load = (cursor?: string) =>
    unwrap(api.GET("/api/staff/audit", { params: { query: { ...search, ...(cursor ? { cursor } : {}) } } }));
  const pages = usePages<AuditEntry>(`audit:${JSON.stringify(search)}`, load);
  const saving = useChange();
  const save = async () => {
    const rows = (await fetchAllItems(load)).map(cellTexts);
    download("audit.csv", csv([COLUMN_TITLES, ...rows]));
  };
  return (
    <Screen title="Журнал">
      <SearchForm
        search={search}
        onSearch={(next) => {
          const text = new URLSearchParams(next as Record<string, string>).toString();
          route(text ? `${DESK.audit}?${text}` : DESK.audit, true);
        }}
      />
      {/* Whom the log is about is not saved, so neither is a filter by it. */}
      <SavedFilters list="audit" filter={search.about ? null : { ...search }} />
      <p>
        <button
          type="button"
          class="button button-second"
          aria-disabled={saving.busy}
          onClick={() => saving.run(save)}
        >
          {saving.busy ? "Собираем…" : "Сохранить как CSV"}
        </button>
        {saving.problem && <InlineFailure problem={saving.problem} />}
      </p>
      <PagedList
        pages={pages}
        none="Записей нет."
        lines={(items) => (
          <ListTable caption="Записи журнала" columns={COLUMNS}>
            {items.map((entry, index) => (
              <Row key={`${entry.at}${index}`}>
                {cellTexts(entry).map((cell, column) => (
                  <Cell
                    key={column}
                    column={COLUMN_TITLES[column] ?? ""}
                    head={column === 0}
                    class={cell.length > MAX_SHOWN_CHARS ? "cell-stack" : ""}
                  >
                    {cell && <AuditCell text={cell} />}
                  </Cell>
                ))}
              </Row>
            ))}
          </ListTable>
        )}
      />
    </Screen>
  );
}

function SearchForm({ search, onSearch }: { search: AuditFilter; onSearch: (search: AuditFilter) => void }) {
  const form = useForm("audit");
  const [about, setAbout] = useState(search.about ?? "");
  const [from, setFrom] = useState(search.from ?? "");
  return (
    <div class="card" role="search" aria-label="Поиск в журнале">
      <Form
        form={form}
        label="Поиск в журнале"
        check={() => ({})}
        act={() => {
          onSearch({
            ...(search.who ? { who: search.who } : {}),
            ...(about.trim() ? { about: about.trim() } : {}),
            ...(from ? { from } : {}),
          });
          return Promise.resolve();
        }}
      >
        <Field
          name="about"
          label="О ком"
          hint="account:код организации:номер счёта или staff:код сотрудника; пусто — все"
          value={about}
          onValue={setAbout}
        />
        <Field name="from" label="День" type="date" value={from} onValue={setFrom} />
        <Submit>Найти</Submit>
      </Form>
    </div>
  );
}
