// «Организации»: a supplier's settings as forms, how its site looks, its history, and the check of its bank.
import { useEffect, useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import type { Problem } from "../api/problem";
import { useQuery } from "../api/query";
import { amount, time, typedKopecks } from "../format";
import { Empty, InlineFailure, QueryView, Note } from "../ui/feedback";
import { Checkbox, Field, TextArea } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { BankCheck } from "./bank-check";
import { BrandingFields } from "./branding-fields";
import { useGatedChange } from "./code-gate";
import { Screen } from "./frame";
import { FilterSelect } from "../ui/filter-select";
import { GROUPS, settingTitle, getSetting, withValue, type Setting, type Settings } from "./setting-fields";
import type { SupplierSettings } from "./types";
import { SupplierScope } from "./supplier-scope";

export function SupplierSettingsScreen() {
  return (
    <Screen title="Настройки организации">
      <SupplierScope>
        {(supplierId) => (
          <>
            <BankCheck key={`${supplierId}-bank`} supplierId={supplierId} />
            <SettingsContent key={supplierId} supplierId={supplierId} />
          </>
        )}
      </SupplierScope>
    </Screen>
  );
}

function SettingsContent({ supplierId }: { supplierId: string }) {
  const params = { path: { supplier_id: supplierId } };
  const query = useQuery<SupplierSettings>(`settings:${supplierId}`, () =>
    unwrap(api.GET("/api/staff/suppliers/{supplier_id}", { params })),
  );
  return (
    <QueryView query={query}>
      {(stands) => <SettingsForm stands={stands} onSaved={query.setData} onStale={query.reload} />}
    </QueryView>
  );
}

interface FormProps {
  stands: SupplierSettings;
  onSaved: (saved: SupplierSettings) => void;
  onStale: () => void;
}

function SettingsForm({ stands, onSaved, onStale }: FormProps) {
  const supplierId = stands.supplier_id;
  const form = useForm("settings");
  const change = useGatedChange();
  const [draft, setDraft] = useState<Settings>(stands.settings);
  const [saved, setSaved] = useState(false);
  // What somebody else has set meanwhile takes the place of what stood here.
  useEffect(() => setDraft(stands.settings), [stands]);
  const set = (path: string, value: unknown) => {
    setSaved(false);
    setDraft((before) => withValue(before, path, value));
  };
  const save = async () => {
    const body = { revision: stands.revision, settings: draft };
    const params = { path: { supplier_id: supplierId } };
    onSaved(await unwrap(api.PUT("/api/staff/suppliers/{supplier_id}", { params, body })));
    setSaved(true);
  };
  return (
    <>
      <Form
        form={form}
        label="Настройки"
        check={() => ({})}
        act={() => {
          change.run(save);
          return Promise.resolve();
        }}
      >
        <section class="card stack" aria-labelledby="branding">
          <h2 id="branding">Вид кабинета</h2>
          <BrandingFields settings={draft} onSet={set} />
        </section>
        {GROUPS.map((group) => (
          <section class="card stack" key={group.id} aria-labelledby={group.id}>
            <h2 id={group.id}>{group.title}</h2>
            {group.settings.map((setting) => (
              <SettingField
                key={setting.path}
                setting={setting}
                value={getSetting(draft, setting.path)}
                onValue={(value) => set(setting.path, value)}
              />
            ))}
          </section>
        ))}
        <AllSettings draft={draft} onDraft={setDraft} />
        <SettingErrors problem={change.problem} onStale={onStale} />
        {saved && (
          <Note tone="good" live>
            <p>Настройки сохранены и действуют.</p>
            {stands.warnings.map((each) => (
              <p key={each}>{each}</p>
            ))}
          </Note>
        )}
        <Submit>Сохранить настройки</Submit>
      </Form>
      {change.gate}
      <History supplierId={supplierId} stands={stands} onShown={setDraft} />
    </>
  );
}

function SettingField(props: { setting: Setting; value: unknown; onValue: (value: unknown) => void }) {
  const { setting, value, onValue } = props;
  const { path, title, kind, hint, options = [] } = setting;
  if (kind === "yes") {
    const label = hint ? `${title}. ${hint}` : title;
    return <Checkbox name={path} label={label} checked={value === true} onChecked={onValue} />;
  }
  if (kind === "choice")
    return <FilterSelect label={title} value={String(value)} options={options} onValue={onValue} />;
  return <TypedField setting={setting} value={value} onValue={onValue} />;
}

/** What is typed stays as it was typed; what it says goes into the settings. */
function TypedField(props: { setting: Setting; value: unknown; onValue: (value: unknown) => void }) {
  const { setting, value, onValue } = props;
  const shown = formatValue(setting, value);
  const [typed, setTyped] = useState(shown);
  useEffect(
    () => setTyped((before) => (parseValue(setting, before) === value ? before : shown)),
    [setting, shown, value],
  );
  return (
    <Field
      name={setting.path}
      label={setting.title}
      hint={setting.hint}
      {...(setting.kind === "text" ? {} : { inputMode: "decimal" as const })}
      value={typed}
      onValue={(text) => {
        setTyped(text);
        onValue(parseValue(setting, text));
      }}
    />
  );
}

function formatValue(setting: Setting, value: unknown): string {
  if (typeof value === "number") return setting.kind === "rubles" ? amount(value) : String(value);
  return typeof value === "string" ? value : "";
}

/** What was typed as the setting has it; what is no number stays a text, and the server says so. */
function parseValue(setting: Setting, typed: string): unknown {
  if (setting.kind === "rubles") return typedKopecks(typed) ?? typed;
  if (setting.kind === "number") return /^\d+$/.test(typed.trim()) ? Number(typed) : typed;
  return typed;
}

function AllSettings({ draft, onDraft }: { draft: Settings; onDraft: (settings: Settings) => void }) {
  const text = JSON.stringify(draft, null, 2);
  const [typed, setTyped] = useState(text);
  const [wrong, setWrong] = useState(false);
  useEffect(() => setTyped(text), [text]);
  return (
    <details class="card">
      <summary>Все настройки текстом: получатели, договоры с банками, комиссия, услуги, пределы</summary>
      <TextArea
        name="all"
        label="Все настройки"
        hint="Те же имена, что в файле настроек; суммы в копейках. Проверяются так же, как файл."
        rows={20}
        value={typed}
        onValue={(value) => {
          setTyped(value);
          try {
            const read = JSON.parse(value) as unknown;
            const isObject = typeof read === "object" && read !== null && !Array.isArray(read);
            setWrong(!isObject);
            if (isObject) onDraft(read as Settings);
          } catch {
            setWrong(true);
          }
        }}
      />
      {wrong && (
        <p class="mistake" role="alert">
          Так это не прочитать: проверьте кавычки и запятые. Пока сохранится то, что стоит в полях выше.
        </p>
      )}
    </details>
  );
}

function SettingErrors({ problem, onStale }: { problem: Problem | null; onStale: () => void }) {
  if (!problem) return null;
  if (problem.has("conflict"))
    return (
      <Note tone="warn" live>
        <p>
          Настройки изменил кто-то другой, пока Вы их правили.{" "}
          <button type="button" class="button button-quiet" onClick={onStale}>
            Показать новые
          </button>
        </p>
      </Note>
    );
  if (problem.errors.length === 0) return <InlineFailure problem={problem} />;
  return (
    <Note tone="bad" live>
      <p>Настройки не сохранены:</p>
      <ul class="points">
        {problem.errors.map((each) => (
          <li key={each.field}>
            {settingTitle(each.field)}: {each.message}
          </li>
        ))}
      </ul>
    </Note>
  );
}

function History(props: {
  supplierId: string;
  stands: SupplierSettings;
  onShown: (settings: Settings) => void;
}) {
  const { supplierId, stands } = props;
  const change = useGatedChange();
  const [shown, setShown] = useState<number | null>(null);
  const show = async (revision: number) => {
    const params = { path: { supplier_id: supplierId, revision } };
    const old = await unwrap(api.GET("/api/staff/suppliers/{supplier_id}/versions/{revision}", { params }));
    props.onShown(old.settings);
    setShown(revision);
  };
  return (
    <section class="card stack" aria-labelledby="history">
      <h2 id="history">История</h2>
      {stands.versions.length === 0 && <Empty>Здесь настройки ещё не меняли.</Empty>}
      {shown !== null && (
        <Note tone="info" live>
          <p>В полях выше — версия {shown}. Она вступит в силу, если её сохранить.</p>
        </Note>
      )}
      <ul class="points">
        {stands.versions.map((each) => (
          <li key={each.revision}>
            Версия {each.revision}
            {each.at ? `: ${time(each.at)}, ${each.by}` : ": до начала истории"}{" "}
            {each.revision === stands.revision ? (
              "— действует"
            ) : (
              <button
                type="button"
                class="button button-quiet"
                aria-disabled={change.busy}
                onClick={() => change.run(() => show(each.revision))}
              >
                Показать<span class="sr-only"> версию {each.revision}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {change.problem && <InlineFailure problem={change.problem} />}
    </section>
  );
}
