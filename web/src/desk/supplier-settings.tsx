// «Организации»: a supplier's settings as forms, how its site looks, its history, and the check of its bank.
import { useEffect, useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import type { Problem } from "../api/problem";
import { useQuery } from "../api/query";
import { time } from "../format";
import { Empty, InlineFailure, Note, QueryView } from "../ui/feedback";
import { TextArea } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { BankCheck } from "./bank-check";
import { BrandingFields } from "./branding-fields";
import { useConfirmedChange, useConfirmedForm } from "./code-confirmation";
import { Screen } from "./layout";
import { ContractFields } from "./contract-fields";
import { CommissionFields, PayeeFields } from "./money-fields";
import { FeatureFields, ServiceFields } from "./service-fields";
import { SettingField } from "./setting-field";
import { hasField, settingTitle, getSetting, withValue, type Settings } from "./setting-fields";
import { GROUPS } from "./setting-groups";
import type { SupplierSettings } from "./types";
import { SupplierScope } from "./supplier-scope";
import { MovedDayFields, ReceiptKindFields, ServiceTitleFields } from "./pair-fields";
import { WebhookFields } from "./webhook-fields";

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
      {(current) => <SettingsForm current={current} onSaved={query.setData} onStale={query.reload} />}
    </QueryView>
  );
}

interface FormProps {
  current: SupplierSettings;
  onSaved: (saved: SupplierSettings) => void;
  onStale: () => void;
}

function SettingsForm({ current, onSaved, onStale }: FormProps) {
  const supplierId = current.supplier_id;
  const form = useForm("settings");
  const confirmed = useConfirmedForm(form);
  const [draft, setDraft] = useState<Settings>(current.settings);
  const [saved, setSaved] = useState(false);
  // Settings that somebody else has saved meanwhile replace those shown here.
  useEffect(() => setDraft(current.settings), [current]);
  const set = (path: string, value: unknown) => {
    setSaved(false);
    setDraft((before) => withValue(before, path, value));
  };
  const save = async () => {
    const body = { revision: current.revision, settings: draft };
    const params = { path: { supplier_id: supplierId } };
    onSaved(await unwrap(api.PUT("/api/staff/suppliers/{supplier_id}", { params, body })));
    setSaved(true);
  };
  return (
    <>
      <Form form={form} label="Настройки" act={confirmed.wrap(save)}>
        <section class="card stack" aria-labelledby="branding">
          <h2 id="branding">Вид кабинета</h2>
          <BrandingFields settings={draft} onSet={set} />
        </section>
        <section class="card stack" aria-labelledby="payees">
          <h2 id="payees">Получатели платежей</h2>
          <PayeeFields settings={draft} onSet={set} />
        </section>
        <section class="card stack" aria-labelledby="features">
          <h2 id="features">Возможности кабинета</h2>
          <FeatureFields settings={draft} onSet={set} />
        </section>
        <section class="card stack" aria-labelledby="contracts">
          <h2 id="contracts">Договоры с банками</h2>
          <ContractFields settings={draft} onSet={set} />
        </section>
        <section class="card stack" aria-labelledby="commission">
          <h2 id="commission">Комиссия</h2>
          <CommissionFields settings={draft} onSet={set} />
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
        <section class="card stack" aria-labelledby="services">
          <h2 id="services">Платные услуги</h2>
          <ServiceFields settings={draft} onSet={set} />
        </section>
        <section class="card stack" aria-labelledby="receipt-kinds">
          <h2 id="receipt-kinds">Виды квитанций</h2>
          <ReceiptKindFields settings={draft} onSet={set} />
        </section>
        <section class="card stack" aria-labelledby="service-titles">
          <h2 id="service-titles">Коды услуг</h2>
          <ServiceTitleFields settings={draft} onSet={set} />
        </section>
        <section class="card stack" aria-labelledby="moved-days">
          <h2 id="moved-days">Переносы выходных</h2>
          <p class="muted">Праздники, которые называет закон, известны и так.</p>
          <MovedDayFields settings={draft} onSet={set} />
        </section>
        <section class="card stack" aria-labelledby="webhook">
          <h2 id="webhook">События для учётной системы</h2>
          <WebhookFields settings={draft} onSet={set} />
        </section>
        <AllSettings draft={draft} onDraft={setDraft} />
        <SettingErrors problem={form.problem} onStale={onStale} />
        {saved && (
          <Note tone="good" live>
            <p>Настройки сохранены и действуют.</p>
            {current.warnings.map((each) => (
              <p key={each}>{each}</p>
            ))}
          </Note>
        )}
        <Submit>Сохранить настройки</Submit>
      </Form>
      {confirmed.codeForm}
      <History supplierId={supplierId} current={current} onShown={setDraft} />
    </>
  );
}

function AllSettings({ draft, onDraft }: { draft: Settings; onDraft: (settings: Settings) => void }) {
  const text = JSON.stringify(draft, null, 2);
  const [typed, setTyped] = useState(text);
  const [wrong, setWrong] = useState(false);
  useEffect(() => setTyped(text), [text]);
  return (
    <details class="card">
      <summary>Все настройки текстом: сравнить с файлом или перенести</summary>
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
  const others = problem.errors.filter((each) => !hasField(each.field));
  if (others.length === 0) return null;
  return (
    <Note tone="bad" live>
      <p>Поправьте и эти настройки:</p>
      <ul class="points">
        {others.map((each) => (
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
  current: SupplierSettings;
  onShown: (settings: Settings) => void;
}) {
  const { supplierId, current } = props;
  const change = useConfirmedChange();
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
      {current.versions.length === 0 && <Empty>Здесь настройки ещё не меняли.</Empty>}
      {shown !== null && (
        <Note tone="info" live>
          <p>В полях выше — версия {shown}. Она вступит в силу, если её сохранить.</p>
        </Note>
      )}
      <ul class="points">
        {current.versions.map((each) => (
          <li key={each.revision}>
            Версия {each.revision}
            {each.at ? `: ${time(each.at)}, ${each.by}` : ": до начала истории"}{" "}
            {each.revision === current.revision ? (
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
