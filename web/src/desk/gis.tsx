// Templates of ГИС ЖКХ: one is uploaded, filled with a month by the server, and its files are downloaded.
import { useEffect, useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { usePages } from "../api/query";
import { postFile } from "../api/upload";
import { localDay, month, rubles, shiftPeriod, time } from "../format";
import { Cell, Row } from "../ui/table";
import { FilterSelect } from "../ui/filter-select";
import { SaveFile, UploadField, useUpload } from "./file-transfer";
import { ListTable, PagedList } from "./lists";
import type { GisFill } from "./types";

const KINDS: Record<GisFill["kind"], string> = { readings: "Показания", payments: "Оплаты" };
const STATES: Record<GisFill["state"], string> = {
  waiting: "заполняется",
  ready: "готово",
  refused: "не получилось",
};
const COLUMNS = [
  { title: "Шаблон" },
  { title: "Состояние" },
  { title: "Строк", number: true },
  { title: "Не вошло" },
  { title: "Запрошен" },
  { title: "Действия" },
];
const MONTHS = 12;
const POLL_MS = 1500;

export function Gis({ supplierId }: { supplierId: string }) {
  const pages = usePages<GisFill>(`gis:${supplierId}`, (cursor) =>
    unwrap(
      api.GET("/api/staff/gis", {
        params: { query: { supplier_id: supplierId, ...(cursor ? { cursor } : {}) } },
      }),
    ),
  );
  const { data, reload } = pages;
  const waits = data?.items.some(({ state }) => state === "waiting") ?? false;
  useEffect(() => {
    if (!waits) return;
    const timer = setTimeout(reload, POLL_MS);
    return () => clearTimeout(timer);
  }, [data, waits, reload]);
  return (
    <>
      <TemplateUpload supplierId={supplierId} onStarted={reload} />
      <section class="stack" aria-labelledby="fills">
        <h2 id="fills">Заполненные шаблоны</h2>
        <p role="status">{waits ? "Шаблон заполняется. Страницу можно закрыть." : ""}</p>
        <PagedList
          pages={pages}
          none="За последние 30 дней шаблонов не заполняли."
          lines={(items) => (
            <ListTable caption="Заполненные шаблоны" columns={COLUMNS}>
              {items.map((each) => (
                <FillRow key={each.fill_id} fill={each} />
              ))}
            </ListTable>
          )}
        />
      </section>
    </>
  );
}

/** The last twelve months, the one that has just ended first: it is what is usually reported. */
function months(): [string, string][] {
  const running = localDay(new Date()).slice(0, 7);
  const past = Array.from({ length: MONTHS - 1 }, (_, index) => shiftPeriod(running, -1 - index));
  return [...past, running].map((period) => [period, month(period)]);
}

function TemplateUpload(props: { supplierId: string; onStarted: () => void }) {
  const [choices] = useState(months);
  const [kind, setKind] = useState<GisFill["kind"]>("readings");
  const [period, setPeriod] = useState(choices[0]?.[0] ?? "");
  const sending = useUpload(async (chosen) => {
    const body = { supplier_id: props.supplierId, kind, period, size: chosen.size };
    const form = await unwrap(api.POST("/api/staff/gis", { body }));
    await postFile(form, chosen);
    const params = { path: { fill_id: form.fill_id } };
    await unwrap(api.POST("/api/staff/gis/{fill_id}/start", { params, body: { ticket: form.ticket } }));
    props.onStarted();
  });
  return (
    <section class="card stack" aria-labelledby="new-fill">
      <h2 id="new-fill">Заполнить шаблон ГИС ЖКХ</h2>
      <p>
        Скачайте в ГИС ЖКХ действующий пустой шаблон и выберите его здесь: в ответ придёт он же, со строками
        за месяц. Столбцы узнаём по заголовкам.
      </p>
      <div class="filters">
        <FilterSelect
          label="Что заполнить"
          value={kind}
          options={Object.entries(KINDS)}
          onValue={(value) => setKind(value as GisFill["kind"])}
        />
        <FilterSelect label="Месяц" value={period} options={choices} onValue={setPeriod} />
      </div>
      <UploadField label="Шаблон из ГИС ЖКХ (xlsx)" accept=".xlsx" sending={sending} />
    </section>
  );
}

function FillRow({ fill }: { fill: GisFill }) {
  const title = `${KINDS[fill.kind]}: ${month(fill.period)}`;
  const isEmpty = fill.rows === 0 && fill.left_out.length === 0;
  return (
    <Row>
      <Cell column="Шаблон" head>
        {title}
      </Cell>
      <Cell column="Состояние">
        {isEmpty ? "за этот месяц ничего нет" : STATES[fill.state]}
        {fill.message && <p>{fill.message}</p>}
      </Cell>
      <Cell column="Строк" number>
        {fill.rows}
        {fill.total ? <p>{rubles(fill.total)}</p> : null}
      </Cell>
      <Cell column="Не вошло">
        {fill.left_out.map((reason) => (
          <p key={reason.code}>
            {reason.rows}: {reason.message}
          </p>
        ))}
      </Cell>
      <Cell column="Запрошен">
        {time(fill.requested_at)}, {fill.requested_by}
      </Cell>
      <Cell column="Действия">
        {fill.state === "ready" && !isEmpty ? (
          <SaveFile title="Сохранить (ZIP)" of={title} link={() => fetchLink(fill)} />
        ) : (
          ""
        )}
      </Cell>
    </Row>
  );
}

async function fetchLink(fill: GisFill): Promise<string> {
  const params = { path: { fill_id: fill.fill_id } };
  return (await unwrap(api.GET("/api/staff/gis/{fill_id}/file", { params }))).url;
}
