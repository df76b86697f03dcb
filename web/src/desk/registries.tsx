// «Реестры»: a file is dragged in and goes straight to storage; the list of what was loaded, newest first.
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { usePages } from "../api/query";
import { postFile } from "../api/upload";
import { rubles, time } from "../format";
import { Cell, Row } from "../ui/table";
import { FindRows } from "./account-rows";
import { UploadField, useUpload } from "./file-transfer";
import { Screen } from "./layout";
import { ListTable, PagedList } from "./lists";
import { STATES } from "./registry-labels";
import { registryPath } from "./routes";
import type { Registry } from "./types";
import { SupplierScope } from "./supplier-scope";

const COLUMNS = [
  { title: "Файл" },
  { title: "Состояние" },
  { title: "Строк", number: true },
  { title: "Сумма", number: true },
  { title: "Замечаний", number: true },
  { title: "Загружен" },
];

export function Registries() {
  return (
    <Screen title="Реестры">
      <SupplierScope>
        {(supplierId) => (
          <>
            <RegistryUpload key={supplierId} supplierId={supplierId} />
            <FindRows key={`${supplierId}-rows`} supplierId={supplierId} />
            <RegistryList key={`${supplierId}-loads`} supplierId={supplierId} />
          </>
        )}
      </SupplierScope>
    </Screen>
  );
}

function RegistryUpload({ supplierId }: { supplierId: string }) {
  const { route } = useLocation();
  const [over, setOver] = useState(false);
  const sending = useUpload(async (chosen) => {
    const body = { supplier_id: supplierId, file_name: chosen.name, size: chosen.size };
    const form = await unwrap(api.POST("/api/staff/imports", { body }));
    await postFile(form, chosen);
    const path = { import_id: form.import_id };
    await unwrap(
      api.POST("/api/staff/imports/{import_id}/check", { params: { path }, body: { ticket: form.ticket } }),
    );
    route(registryPath(form.import_id));
  });
  return (
    <section
      class={`card stack drop ${over ? "drop-over" : ""}`}
      aria-labelledby="new-registry"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        sending.take(event.dataTransfer?.files[0]);
      }}
    >
      <h2 id="new-registry">Загрузить реестр</h2>
      <p>
        Перетащите файл сюда или выберите его. Сначала мы покажем, что изменится: само ничего не запишется.
      </p>
      <UploadField label="Файл реестра" sending={sending} />
    </section>
  );
}

function RegistryList({ supplierId }: { supplierId: string }) {
  const pages = usePages<Registry>(`registries:${supplierId}`, (cursor) =>
    unwrap(
      api.GET("/api/staff/imports", {
        params: { query: { supplier_id: supplierId, ...(cursor ? { cursor } : {}) } },
      }),
    ),
  );
  return (
    <section class="stack" aria-labelledby="loads">
      <h2 id="loads">Загрузки</h2>
      <PagedList
        pages={pages}
        none="Ещё ничего не загружали."
        lines={(items) => (
          <ListTable caption="Загрузки" columns={COLUMNS}>
            {items.map((each) => (
              <Row key={each.import_id}>
                <Cell column="Файл" head>
                  <a href={registryPath(each.import_id)}>{each.file_name}</a>
                </Cell>
                <Cell column="Состояние">{STATES[each.status]}</Cell>
                <Cell column="Строк" number>
                  {each.rows}
                </Cell>
                <Cell column="Сумма" number>
                  {each.amount === null ? "" : rubles(each.amount)}
                </Cell>
                <Cell column="Замечаний" number>
                  {each.errors === null ? "" : each.errors + (each.warnings ?? 0)}
                </Cell>
                <Cell column="Загружен">
                  {time(each.uploaded_at)}
                  {each.uploaded_by ? `, ${each.uploaded_by}` : ""}
                </Cell>
              </Row>
            ))}
          </ListTable>
        )}
      />
    </section>
  );
}
