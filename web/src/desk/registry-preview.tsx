// What the check of a registry has found: counts, rubles, differences, absent accounts, lines of the file.
import type { ComponentChildren } from "preact";
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import { month, rubles, signedAmount } from "../format";
import { Empty, QueryView, Note } from "../ui/feedback";
import { Cell, Row, Table } from "../ui/table";
import type { Registry, RegistryPreview } from "./types";

const SEVERITIES = { fatal: "не принят", error: "ошибка", warning: "проверьте" };
const SECTIONS: Record<string, string> = { accounts: "лицевых счетов", balances: "квитанций" };

export function CheckPreview({ registry }: { registry: Registry }) {
  const id = registry.import_id;
  const found = useQuery<RegistryPreview>(`preview:${id}`, () =>
    unwrap(api.GET("/api/staff/imports/{import_id}/preview", { params: { path: { import_id: id } } })),
  );
  return (
    <QueryView query={found}>
      {(preview) => (
        <>
          {registry.status !== "refused" && <Changes preview={preview} />}
          <Findings preview={preview} />
        </>
      )}
    </QueryView>
  );
}

function Changes({ preview }: { preview: RegistryPreview }) {
  const { accounts, receipts, total_before, total_after } = preview;
  return (
    <>
      {preview.is_busy && (
        <Note tone="warn">
          <p>Рядом записывался другой реестр этой организации: сравнение могло измениться.</p>
        </Note>
      )}
      <PreviewSection id="changes" title="Что изменится">
        <p>
          <strong>
            К оплате всего: было {rubles(total_before)}, станет {rubles(total_after)} (
            {signedAmount(total_after - total_before)} ₽).
          </strong>
        </p>
        <ul class="points">
          <li>
            Лицевые счета: новых {accounts.new}, изменённых {accounts.changed} (с другим собственником{" "}
            {accounts.holder}), закрываемых {accounts.closed}, без изменений {accounts.unchanged}.
          </li>
          <li>
            Квитанции: новых {receipts.new}, изменённых {receipts.changed}, без изменений {receipts.unchanged}
            .
          </li>
          {preview.others.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </PreviewSection>
      <MissingRows preview={preview} />
      <AmountsDue preview={preview} />
      <LargestChanges preview={preview} />
    </>
  );
}

function PreviewSection(props: { id: string; title: string; children: ComponentChildren }) {
  return (
    <section class="card stack" aria-labelledby={props.id}>
      <h2 id={props.id}>{props.title}</h2>
      {props.children}
    </section>
  );
}

function MissingRows({ preview }: { preview: RegistryPreview }) {
  const parts = Object.entries(preview.missing);
  if (parts.length === 0) return null;
  return (
    <PreviewSection id="missing" title="Были в прошлом реестре, а в этом нет">
      {parts.map(([section, each]) => (
        <p key={section}>
          {SECTIONS[section] ?? section}: {each.count} ({each.first.join(", ")}
          {each.count > each.first.length ? " …" : ""})
        </p>
      ))}
    </PreviewSection>
  );
}

const SUM_COLUMNS = [
  { title: "Период" },
  { title: "Квитанция" },
  { title: "Получатель" },
  { title: "Было", number: true },
  { title: "Станет", number: true },
  { title: "Изменение", number: true },
];

function AmountsDue({ preview }: { preview: RegistryPreview }) {
  if (preview.sums.length === 0) return null;
  return (
    <PreviewSection id="sums" title="К оплате по периодам, квитанциям и получателям">
      <Table caption="К оплате" hideCaption columns={SUM_COLUMNS} class="desk-table">
        {preview.sums.map((each) => (
          <Row key={`${each.period}${each.kind}${each.payee_inn}`}>
            <Cell column="Период" head>
              {month(each.period)}
            </Cell>
            <Cell column="Квитанция">{each.kind}</Cell>
            <Cell column="Получатель">{each.payee_name || each.payee_inn || "не назван"}</Cell>
            <Amounts before={each.before} after={each.after} />
          </Row>
        ))}
      </Table>
      {preview.sums_left_out > 0 && <p>И ещё строк: {preview.sums_left_out}; все они есть в отчёте.</p>}
    </PreviewSection>
  );
}

function Amounts({ before, after }: { before: number; after: number }) {
  return (
    <>
      <Cell column="Было" number>
        {rubles(before)}
      </Cell>
      <Cell column="Станет" number>
        {rubles(after)}
      </Cell>
      <Cell column="Изменение" number>
        {signedAmount(after - before)}
      </Cell>
    </>
  );
}

const BIG_COLUMNS = [
  { title: "Лицевой счёт" },
  { title: "Квитанция" },
  { title: "Было", number: true },
  { title: "Станет", number: true },
  { title: "Изменение", number: true },
];

function LargestChanges({ preview }: { preview: RegistryPreview }) {
  if (preview.biggest.length === 0) return null;
  return (
    <PreviewSection id="biggest" title="Самые большие изменения">
      <Table caption="Самые большие изменения" hideCaption columns={BIG_COLUMNS} class="desk-table">
        {preview.biggest.map((each) => (
          <Row key={`${each.number}${each.period}${each.kind}`}>
            <Cell column="Лицевой счёт" head>
              {each.number}
            </Cell>
            <Cell column="Квитанция">
              {each.kind}, {month(each.period)}
              {each.compared_with && each.compared_with !== each.period
                ? ` (было за ${month(each.compared_with)})`
                : ""}
            </Cell>
            <Amounts before={each.before} after={each.after} />
          </Row>
        ))}
      </Table>
    </PreviewSection>
  );
}

const FINDING_COLUMNS = ["Строка", "Столбец", "Важность", "Что не так"].map((title) => ({ title }));

function Findings({ preview }: { preview: RegistryPreview }) {
  return (
    <PreviewSection id="findings" title="Замечания по строкам">
      {preview.findings.length === 0 && <Empty>Замечаний нет.</Empty>}
      {preview.findings.length > 0 && (
        <Table caption="Замечания" hideCaption columns={FINDING_COLUMNS} class="desk-table">
          {preview.findings.map((each, index) => (
            <Row key={index} class={each.severity === "warning" ? "" : "overdue"}>
              <Cell column="Строка" head>
                {each.place || "весь файл"}
              </Cell>
              <Cell column="Столбец">{each.field}</Cell>
              <Cell column="Важность">{SEVERITIES[each.severity]}</Cell>
              <Cell column="Что не так">{each.message}</Cell>
            </Row>
          ))}
        </Table>
      )}
      {preview.findings_left_out > 0 && (
        <p>И ещё замечаний: {preview.findings_left_out}; все они есть в отчёте о проверке.</p>
      )}
    </PreviewSection>
  );
}
