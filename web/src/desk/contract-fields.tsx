// The contracts with banks. Which one it is, where to and by which secret is named by who sees every supplier.
import { useFormState } from "../ui/form";
import { useDesk } from "./session-context";
import { formatValue, type Setting, type Settings } from "./setting-fields";
import {
  AddButton,
  getSettingsList,
  NestedFields,
  RemovableGroup,
  SettingChoices,
  SettingPathError,
  type FieldsProps,
} from "./setting-list";

const MAX_CONTRACTS = 6;

const DIALECTS: [string, string][] = [
  ["rbs", "Интернет-эквайринг банка (RBS)"],
  ["gorod_unified", "«Город», единый протокол"],
  ["gorod", "«Город»"],
  ["raiffeisen", "СБП Райффайзенбанка"],
];

const METHODS: [string, string][] = [
  ["card", "Карта"],
  ["sbp", "СБП"],
  ["saved_card", "Сохранённая карта и автоплатёж"],
];

/** They belong together: a password goes where they say (docs/adr/0076). */
const SECRET_DESTINATION_FIELDS: Setting[] = [
  {
    path: "contract",
    title: "Имя договора",
    kind: "text",
    hint: "Заказы организаций с одним договором оплачиваются вместе.",
  },
  { path: "dialect", title: "Протокол банка", kind: "choice", options: DIALECTS },
  { path: "base_url", title: "Адрес банка", kind: "text", hint: "Начинается с https://, его даёт банк." },
  {
    path: "secret",
    title: "Имя секрета с паролем банка",
    kind: "text",
    hint: "Только имя из Secrets Manager; самого пароля здесь быть не должно.",
  },
];
const FISCAL_URL: Setting = {
  path: "fiscal_url",
  title: "Адрес службы банка, которая пробивает кассовые чеки",
  kind: "text",
  hint: "Пусто — чеки пробивает касса организации.",
};
const SERVICE_NUMBER: Setting = { path: "service_number", title: "Номер услуги в «Городе»", kind: "text" };
const UNCONFIRMED_HOURS: Setting = {
  path: "unconfirmed_hours",
  title: "Через сколько часов после проверки заказ истекает сам",
  kind: "optional",
  hint: "От 1 до 72; пусто — через трое суток решает сотрудник.",
};

const NEW_CONTRACT: Settings = {
  contract: "",
  dialect: "rbs",
  base_url: "",
  secret: "",
  service_number: "",
  fiscal_url: "",
  methods: [],
  unconfirmed_hours: null,
};

export function ContractFields({ settings, onSet }: FieldsProps) {
  const { seesEverySupplier: mayName } = useDesk();
  const main = settings.merchant as Settings | null | undefined;
  const contracts = [...(main ? [main] : []), ...getSettingsList(settings, "merchants")];
  // The first is the main one: it is what the file calls `merchant`.
  const set = ([first, ...others]: Settings[]) => {
    onSet("merchant", first ?? null);
    onSet("merchants", others);
  };
  const placeOf = (index: number) =>
    main ? (index === 0 ? "merchant" : `merchants[${index - 1}]`) : `merchants[${index}]`;
  return (
    <>
      {!mayName && (
        <p class="muted">
          Имя договора, протокол, адреса и секрет задаёт сотрудник, которому открыты все организации: так
          пароль банка не уйдёт по чужому адресу. Способы оплаты и сроки можете менять и Вы.
        </p>
      )}
      <SettingPathError place="merchant" />
      <SettingPathError place="merchants" />
      {contracts.length === 0 && <p>Договора нет: оплатить в кабинете нельзя.</p>}
      {contracts.map((contract, index) => (
        <RemovableGroup
          key={index}
          title={index === 0 ? "Договор 1, основной" : `Договор ${index + 1}`}
          removedLabel={`договор ${index + 1}`}
          onRemove={() => set(contracts.filter((_, at) => at !== index))}
        >
          <Contract
            place={placeOf(index)}
            contract={contract}
            mayName={mayName}
            onContract={(changed) => set(contracts.map((each, at) => (at === index ? changed : each)))}
          />
        </RemovableGroup>
      ))}
      {mayName && contracts.length < MAX_CONTRACTS && (
        <AddButton onAdd={() => set([...contracts, NEW_CONTRACT])}>Добавить договор</AddButton>
      )}
    </>
  );
}

function Contract(props: {
  place: string;
  contract: Settings;
  mayName: boolean;
  onContract: (contract: Settings) => void;
}) {
  const { place, contract, mayName, onContract } = props;
  const { dialect } = contract;
  // What is set though its bank has no use for it is shown as well: it must go.
  const destinationFields = [
    ...SECRET_DESTINATION_FIELDS,
    ...(dialect === "raiffeisen" || contract.fiscal_url ? [FISCAL_URL] : []),
  ];
  const isGorod = dialect === "gorod";
  const terms = [
    ...(isGorod || contract.service_number ? [SERVICE_NUMBER] : []),
    ...(isGorod || contract.unconfirmed_hours ? [UNCONFIRMED_HOURS] : []),
  ];
  const nested = { place, values: contract, onValues: onContract };
  return (
    <>
      {mayName ? (
        <NestedFields {...nested} fields={destinationFields} />
      ) : (
        <dl class="facts">
          {destinationFields.map((field) => (
            <ReadOnlyField key={field.path} place={place} field={field} contract={contract} />
          ))}
        </dl>
      )}
      <NestedFields {...nested} fields={terms} />
      <SettingChoices
        place={`${place}.methods`}
        title="Что оплачивается по договору"
        options={METHODS}
        chosen={contract.methods}
        onChosen={(methods) => onContract({ ...contract, methods })}
      />
      {Array.isArray(contract.methods) && contract.methods.length === 0 && (
        <p class="muted">Ничего: по договору только возвращают деньги и сверяют реестры прежних заказов.</p>
      )}
    </>
  );
}

function ReadOnlyField({ place, field, contract }: { place: string; field: Setting; contract: Settings }) {
  const { id, errors } = useFormState();
  const path = `${place}.${field.path}`;
  const value = formatValue(field, contract[field.path]);
  return (
    <div>
      <dt>{field.title}</dt>
      <dd>{field.options?.find(([name]) => name === value)?.[1] ?? (value || "—")}</dd>
      {errors[path] && (
        <dd class="mistake" id={`${id}-${path}`} tabIndex={-1}>
          {errors[path]}
        </dd>
      )}
    </div>
  );
}
