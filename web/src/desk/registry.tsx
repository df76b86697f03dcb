// One registry: how far it has come, what it would change, and what can be done about it.
import { useRoute } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { refresh, useQuery } from "../api/query";
import { date as day } from "../format";
import { InlineFailure, QueryView, Note } from "../ui/feedback";
import { TextArea } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { useConfirmedChange } from "./code-confirmation";
import { Screen } from "./layout";
import { CheckPreview } from "./registry-preview";
import { optionalTime, FORMATS, isInProgress, REPORTS, STATES } from "./registry-labels";
import { DESK } from "./routes";
import type { Registry } from "./types";

const POLL_MS = 1500;

export function RegistryScreen() {
  const id = decodeURIComponent(useRoute().params.import_id ?? "");
  const query = useQuery<Registry>(`registry:${id}`, () =>
    unwrap(api.GET("/api/staff/imports/{import_id}", { params: { path: { import_id: id } } })),
  );
  const { data, reload } = query;
  useEffect(() => {
    if (!data || !isInProgress(data)) return;
    const timer = setTimeout(reload, POLL_MS);
    return () => clearTimeout(timer);
  }, [data, reload]);
  return (
    <QueryView query={query}>
      {(registry) => (
        <Screen title={registry.file_name}>
          <p>
            <a href={`${DESK.registries}?supplier_id=${registry.supplier_id}`}>Все загрузки</a>
          </p>
          <RegistryState registry={registry} />
          <RegistryFacts registry={registry} />
          <Reports registry={registry} />
          {registry.can_apply && <ApplyButton registry={registry} onAsked={query.setData} />}
          <CheckResult registry={registry} />
          {registry.can_undo && <UndoForm registry={registry} onAsked={query.setData} />}
        </Screen>
      )}
    </QueryView>
  );
}

function RegistryState({ registry }: { registry: Registry }) {
  const { status, accounts, accounts_done, undo_state, mails_after } = registry;
  const progress = accounts ? `, лицевых счетов: ${accounts_done ?? 0} из ${accounts}` : "";
  if (isInProgress(registry)) {
    const text = {
      checking: "Проверяем файл и сравниваем с тем, что есть. Ничего не записывается.",
      applying: `Записываем${progress}. Страницу можно закрыть.`,
      applied: "Отмена начнётся, как только освободится очередь.",
      undoing: `Возвращаем то, что было${progress}.`,
    }[status as "checking" | "applying" | "applied" | "undoing"];
    return (
      <Note tone="info" live>
        <p>{text}</p>
        {accounts && status !== "applied" ? (
          <progress max={accounts} value={accounts_done ?? 0} aria-label="Готово" />
        ) : null}
      </Note>
    );
  }
  return (
    <>
      {status === "preview" && (
        <Note tone="info" live>
          <p>Файл проверен. Посмотрите, что изменится, и примените реестр или загрузите другой файл.</p>
        </Note>
      )}
      {status === "refused" && (
        <Note tone="bad" live>
          <p>Реестр не принят, данные не изменены. Исправьте строки, названные ниже, и загрузите снова.</p>
        </Note>
      )}
      {status === "applied" && (
        <Note tone="good" live>
          <p>
            Реестр применён.
            {mails_after && ` Письма жителям о новых суммах задержаны до ${optionalTime(mails_after)}.`}
          </p>
        </Note>
      )}
      {status === "undone" && (
        <Note tone="good" live>
          <p>
            Загрузка отменена: стоит то, что было до неё.
            {registry.undo_left
              ? ` Оставлено как есть, потому что появилось новое: ${registry.undo_left}.`
              : ""}
          </p>
        </Note>
      )}
      {status === "applied" && undo_state === "refused" && (
        <Note tone="warn" live>
          <p>Отменить не удалось: на счетах появилось новое. Какие это счета, сказано в отчёте об отмене.</p>
        </Note>
      )}
    </>
  );
}

function RegistryFacts({ registry }: { registry: Registry }) {
  const number = registry.registry_number;
  const facts: [string, string | number | null][] = [
    ["Состояние", STATES[registry.status]],
    ["Организация", registry.supplier_id],
    ["Формат", registry.format && (FORMATS[registry.format] ?? registry.format)],
    ["Реестр", number === null ? null : `№ ${number} от ${day(registry.registry_date)}`],
    ["Строк", registry.rows],
    ["Ошибок", registry.errors],
    ["Предупреждений", registry.warnings],
    [
      "Загружен",
      `${optionalTime(registry.uploaded_at)}${registry.uploaded_by ? `, ${registry.uploaded_by}` : ""}`,
    ],
    ["Применил", registry.applied_by],
    ["Закончен", optionalTime(registry.finished_at)],
    ["Отменил", registry.undone_by && `${registry.undone_by}, ${optionalTime(registry.undone_at)}`],
    ["Причина отмены", registry.undo_reason],
  ];
  return (
    <dl class="facts card">
      {facts.map(([name, value]) =>
        value === null || value === "" ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

function Reports({ registry }: { registry: Registry }) {
  const opening = useChange();
  const path = { import_id: registry.import_id };
  const save = async (kind: keyof typeof REPORTS) => {
    const params = { path, query: { kind } };
    const { url } = await unwrap(api.GET("/api/staff/imports/{import_id}/report", { params }));
    // Storage names it a file to be saved, so this page stays where it is.
    location.assign(url);
  };
  if (registry.reports.length === 0) return null;
  return (
    <div class="actions">
      {registry.reports.map((kind) => (
        <button
          key={kind}
          type="button"
          class="button button-quiet"
          aria-disabled={opening.busy}
          onClick={() => opening.run(() => save(kind))}
        >
          {REPORTS[kind]} (CSV)
        </button>
      ))}
      {opening.problem && <InlineFailure problem={opening.problem} />}
    </div>
  );
}

/** What the check found: at once while it is to be decided, on demand after that, for each look is noted. */
function CheckResult({ registry }: { registry: Registry }) {
  const { status } = registry;
  const [wanted, setWanted] = useState(false);
  if (!registry.reports.includes("check") || isInProgress(registry)) return null;
  if (status === "preview" || status === "refused" || wanted)
    return <CheckPreview key={status} registry={registry} />;
  return (
    <p>
      <button type="button" class="button button-second" onClick={() => setWanted(true)}>
        Показать, что показала проверка
      </button>
    </p>
  );
}

interface ActionProps {
  registry: Registry;
  onAsked: (registry: Registry) => void;
}

function ApplyButton({ registry, onAsked }: ActionProps) {
  const change = useChange();
  const apply = async () => {
    const params = { path: { import_id: registry.import_id } };
    onAsked(await unwrap(api.POST("/api/staff/imports/{import_id}/apply", { params })));
    refresh("registries:");
  };
  return (
    <div class="actions">
      <button
        type="button"
        class="button button-main"
        aria-disabled={change.busy}
        onClick={() => change.run(apply)}
      >
        Применить реестр
      </button>
      <a class="button button-second" href={`${DESK.registries}?supplier_id=${registry.supplier_id}`}>
        Загрузить другой файл
      </a>
      {change.problem && <InlineFailure problem={change.problem} />}
    </div>
  );
}

function UndoForm({ registry, onAsked }: ActionProps) {
  const form = useForm("undo");
  const change = useConfirmedChange();
  const [reason, setReason] = useState("");
  const undo = async () => {
    const params = { path: { import_id: registry.import_id } };
    const body = { reason: reason.trim() };
    onAsked(await unwrap(api.POST("/api/staff/imports/{import_id}/undo", { params, body })));
    refresh("registries:");
  };
  return (
    <section class="card stack" aria-labelledby="undo">
      <h2 id="undo">Отменить загрузку</h2>
      <p>
        Вернётся всё, что стояло до этого реестра. Отменить можно, пока на счетах не появилось новое и не
        прошло 30 дней.
      </p>
      {change.codeForm}
      {change.problem && <InlineFailure problem={change.problem} />}
      <Form
        form={form}
        label="Отмена загрузки"
        check={() => ({ reason: !reason.trim() && "Напишите, почему" })}
        act={() => {
          change.run(undo);
          return Promise.resolve();
        }}
      >
        <TextArea
          name="reason"
          label="Причина"
          hint="Останется у загрузки и в журнале."
          rows={2}
          maxLength={500}
          value={reason}
          onValue={setReason}
        />
        <Submit>Отменить загрузку</Submit>
      </Form>
    </section>
  );
}
