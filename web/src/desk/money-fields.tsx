// Who receives a supplier's money, and what the bank adds for the payer: the settings of the same names in its file.
import { Checkbox } from "../ui/fields";
import { getSetting, type Setting, type Settings } from "./setting-fields";
import { NestedFields, SettingList, type FieldsProps } from "./setting-list";

const MAX_PAYEES = 20;

const VAT: [string, string][] = [
  ["none", "без НДС"],
  ...["0", "10", "22", "10/110", "22/122"].map((rate): [string, string] => [rate, `${rate} %`]),
];

const PAYEE: Setting[] = [
  { path: "name", title: "Название", kind: "text", hint: "До 160 знаков; стоит в квитанции и QR-коде." },
  { path: "inn", title: "ИНН", kind: "text", hint: "По нему строки реестра находят получателя." },
  { path: "kpp", title: "КПП", kind: "text", hint: "У предпринимателя его нет." },
  { path: "account", title: "Расчётный счёт", kind: "text" },
  { path: "bank_name", title: "Банк", kind: "text", hint: "До 45 знаков." },
  { path: "bic", title: "БИК", kind: "text" },
  { path: "correspondent_account", title: "Корреспондентский счёт", kind: "text" },
  { path: "fiscal.vat", title: "НДС в кассовом чеке", kind: "choice", options: VAT },
  {
    path: "fiscal.payment_method",
    title: "Способ расчёта в кассовом чеке",
    kind: "choice",
    options: [
      ["full_payment", "полный расчёт"],
      ["prepayment", "предоплата"],
      ["advance", "аванс"],
    ],
  },
  {
    path: "fiscal.payment_object",
    title: "Предмет расчёта в кассовом чеке",
    kind: "choice",
    options: [
      ["service", "услуга"],
      ["payment", "платёж"],
    ],
  },
];

const NEW_PAYEE: Settings = {
  name: "",
  inn: "",
  kpp: "",
  account: "",
  bank_name: "",
  bic: "",
  correspondent_account: "",
  fiscal: { vat: "none", payment_method: "full_payment", payment_object: "service" },
};

const COMMISSION: Setting[] = [
  { path: "basis_points", title: "Процент", kind: "percent", hint: "Например, 1,5; 0 — комиссии нет." },
  { path: "minimum", title: "Не меньше, ₽", kind: "rubles" },
  { path: "maximum", title: "Не больше, ₽", kind: "limit", hint: "Пусто — без предела." },
  { path: "vat", title: "НДС комиссии в кассовом чеке", kind: "choice", options: VAT },
  { path: "text", title: "Фраза для жителя", kind: "text", hint: "Пусто — составим её из этих чисел." },
];

const NEW_COMMISSION: Settings = { text: "", basis_points: 0, minimum: 0, maximum: null, vat: "none" };

const METHODS: [string, string][] = [
  ["card", "карты"],
  ["sbp", "СБП"],
];

export function PayeeFields({ settings, onSet }: FieldsProps) {
  return (
    <SettingList
      settings={settings}
      onSet={onSet}
      place="payees"
      fields={PAYEE}
      title="Получатель"
      removedLabel="получателя"
      addLabel="Добавить получателя"
      newItem={NEW_PAYEE}
      min={1}
      max={MAX_PAYEES}
    />
  );
}

export function CommissionFields({ settings, onSet }: FieldsProps) {
  const own = getSetting(settings, "method_commissions");
  const ofMethods = (typeof own === "object" && own !== null ? own : {}) as Settings;
  const toggle = (method: string, isOwn: boolean) => {
    const { [method]: _gone, ...others } = ofMethods;
    onSet("method_commissions", isOwn ? { ...others, [method]: NEW_COMMISSION } : others);
  };
  return (
    <>
      <CommissionRule place="commission" settings={settings} onSet={onSet} />
      {METHODS.map(([method, title]) => (
        <fieldset class="choices stack" key={method}>
          <legend>Для {title}</legend>
          <Checkbox
            name={`method_commissions.${method}`}
            label={`У ${title} комиссия своя`}
            checked={method in ofMethods}
            onChecked={(checked) => toggle(method, checked)}
          />
          {method in ofMethods && (
            <CommissionRule place={`method_commissions.${method}`} settings={settings} onSet={onSet} />
          )}
        </fieldset>
      ))}
    </>
  );
}

function CommissionRule({ place, settings, onSet }: FieldsProps & { place: string }) {
  return (
    <NestedFields
      place={place}
      fields={COMMISSION}
      values={(getSetting(settings, place) ?? {}) as Settings}
      onValues={(rule) => onSet(place, rule)}
    />
  );
}
