// What a resident can have here, and the services that they order for money.
import type { Setting, Settings } from "./setting-fields";
import { SettingChoices, SettingList, type FieldsProps } from "./setting-list";

const FEATURES: [string, string][] = [
  ["payments", "Оплата"],
  ["requests", "Заявки"],
  ["notices", "Уведомления и аварии"],
  ["paperless", "Отказ от бумажной квитанции"],
];

const PAID_SERVICE: Setting[] = [
  { path: "title", title: "Название для жителя", kind: "text" },
  { path: "price", title: "Цена, ₽", kind: "rubles" },
  {
    path: "code",
    title: "Код",
    kind: "text",
    hint: "Малые латинские буквы и цифры; по нему услуга узнаётся в заявке.",
  },
];
const NEW_SERVICE: Settings = { code: "", title: "", price: 0 };
const MAX_SERVICES = 100;

export function FeatureFields({ settings, onSet }: FieldsProps) {
  return (
    <SettingChoices
      place="features"
      title="Что есть у жителей"
      options={FEATURES}
      chosen={settings.features}
      onChosen={(chosen) => onSet("features", chosen)}
    />
  );
}

export function ServiceFields({ settings, onSet }: FieldsProps) {
  return (
    <SettingList
      settings={settings}
      onSet={onSet}
      place="paid_services"
      fields={PAID_SERVICE}
      title="Услуга"
      removedLabel="услугу"
      addLabel="Добавить услугу"
      newItem={NEW_SERVICE}
      min={0}
      max={MAX_SERVICES}
    />
  );
}
