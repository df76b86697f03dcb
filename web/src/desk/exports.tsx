// «Реестры организациям»: registries for a supplier: make a new one, download an old one or make it again.
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { Problem } from "../api/problem";
import { usePages } from "../api/query";
import { date as day, time } from "../format";
import { InlineFailure, Note } from "../ui/feedback";
import { Cell, Row } from "../ui/table";
import { SaveFile } from "./file-transfer";
import { SavedFilters } from "./filter-row";
import { Screen } from "./layout";
import { ListTable, PagedList } from "./lists";
import { Gis } from "./gis";
import { FilterSelect } from "../ui/filter-select";
import type { Export } from "./types";
import { SupplierScope } from "./supplier-scope";

const KINDS = { payments: "Оплаты", readings: "Показания", refusals: "Отказы от бумаги" } as const;
type Kind = keyof typeof KINDS;
const KINDS_WITH_GIS = { ...KINDS, gis: "Шаблоны ГИС ЖКХ" } as const;
const STATES: Record<Export["state"], string> = {
  open: "собирается",
  sealed: "собран",
  delivered: "передан",
};
const COLUMNS = ["Реестр", "Состояние", "Передан", "Действия"].map((title) => ({ title }));
const MAX_TRIES = 20;
const POLL_MS = 1500;

export function Exports() {
  return (
    <Screen title="Реестры организациям">
      <SupplierScope>
        {(supplierId) => <ExportsByKind key={supplierId} supplierId={supplierId} />}
      </SupplierScope>
    </Screen>
  );
}

function isKind(kind: string | undefined): kind is keyof typeof KINDS_WITH_GIS {
  return kind !== undefined && kind in KINDS_WITH_GIS;
}

function ExportsByKind({ supplierId }: { supplierId: string }) {
  const { path, query, route } = useLocation();
  const kind = isKind(query.kind) ? query.kind : "payments";
  const show = (chosen: string) =>
    route(`${path}?${new URLSearchParams({ ...query, kind: chosen }).toString()}`, true);
  return (
    <>
      <div class="filters">
        <FilterSelect
          label="Что передаём"
          value={kind}
          options={Object.entries(KINDS_WITH_GIS)}
          onValue={show}
        />
      </div>
      <SavedFilters list="exports" filter={{ supplier_id: supplierId, kind }} />
      {kind === "gis" ? (
        <Gis supplierId={supplierId} />
      ) : (
        <ExportList key={kind} supplierId={supplierId} kind={kind} />
      )}
    </>
  );
}

function ExportList({ supplierId, kind }: { supplierId: string; kind: Kind }) {
  const making = useChange();
  const [asked, setAsked] = useState(false);
  const pages = usePages<Export>(`exports:${supplierId}:${kind}`, (cursor) =>
    unwrap(
      api.GET("/api/staff/exports", {
        params: { query: { supplier_id: supplierId, kind, ...(cursor ? { cursor } : {}) } },
      }),
    ),
  );
  const make = async () => {
    await unwrap(api.POST("/api/staff/exports", { body: { supplier_id: supplierId, kind } }));
    setAsked(true);
    setTimeout(pages.reload, POLL_MS);
  };
  return (
    <>
      <div class="actions">
        <button
          type="button"
          class="button button-second"
          aria-disabled={making.busy}
          onClick={() => making.run(make)}
        >
          Сделать реестр сейчас
        </button>
        <button type="button" class="button button-quiet" onClick={pages.reload}>
          Обновить список
        </button>
        {making.problem && <InlineFailure problem={making.problem} />}
      </div>
      {asked && (
        <Note tone="good" live>
          <p>Реестр делается и появится в списке. Без этой кнопки он делается каждую ночь.</p>
        </Note>
      )}
      <PagedList
        pages={pages}
        none="Реестров ещё не было."
        lines={(items) => (
          <ListTable caption="Реестры" columns={COLUMNS}>
            {items.map((each) => (
              <ExportRow key={each.export_id} registry={each} />
            ))}
          </ListTable>
        )}
      />
    </>
  );
}

function ExportRow({ registry }: { registry: Export }) {
  const title = `№ ${registry.number} от ${day(registry.dated)}`;
  const csv = registry.kind === "payments" ? "ZIP с CSV" : "CSV";
  return (
    <Row>
      <Cell column="Реестр" head>
        {title}
      </Cell>
      <Cell column="Состояние">{STATES[registry.state]}</Cell>
      <Cell column="Передан">{registry.delivered_at ? time(registry.delivered_at) : ""}</Cell>
      <Cell column="Действия">
        {registry.state === "open" ? (
          ""
        ) : (
          <>
            <SaveFile title={csv} of={title} link={() => fetchLink(registry, "csv")} />{" "}
            <SaveFile title="Excel (xlsx)" of={title} link={() => fetchLink(registry, "xlsx")} />
          </>
        )}
      </Cell>
    </Row>
  );
}

const waitForNextPoll = () => new Promise((done) => setTimeout(done, POLL_MS));

/** Where the file is; one that is not there in this form is made again first. */
async function fetchLink(registry: Export, form: "csv" | "xlsx"): Promise<string> {
  const path = { export_id: registry.export_id };
  for (let tried = 0; ; tried++) {
    try {
      const params = { path, query: { form } };
      return (await unwrap(api.GET("/api/staff/exports/{export_id}/file", { params }))).url;
    } catch (reason) {
      if (!(reason instanceof Problem) || !reason.has("file_absent") || tried === MAX_TRIES) throw reason;
      if (tried === 0) await unwrap(api.POST("/api/staff/exports/{export_id}/again", { params: { path } }));
      await waitForNextPoll();
    }
  }
}
