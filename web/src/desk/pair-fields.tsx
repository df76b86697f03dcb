// What a supplier says of names that come from elsewhere: codes and kinds of its registries, days of the calendar.
import type { FieldsProps } from "./setting-list";
import { SettingPairs } from "./setting-pairs";

const DAYS: [string, string][] = [
  ["off", "выходной"],
  ["work", "рабочий"],
];

export function ReceiptKindFields(props: FieldsProps) {
  return (
    <SettingPairs
      {...props}
      place="receipt_kinds"
      inner="payee_inn"
      name={{ title: "Название вида", hint: "Как в реестрах: «Капитальный ремонт»." }}
      value={{
        title: "ИНН получателя",
        hint: "Кому уходят пени и суммы без услуг; из получателей организации.",
      }}
      title="Вид"
      removedLabel="вид"
      addLabel="Добавить вид квитанции"
    />
  );
}

export function ServiceTitleFields(props: FieldsProps) {
  return (
    <SettingPairs
      {...props}
      place="service_titles"
      name={{ title: "Код в реестрах «Города»" }}
      value={{ title: "Что он значит" }}
      title="Код"
      removedLabel="код"
      addLabel="Добавить код услуги"
    />
  );
}

export function MovedDayFields(props: FieldsProps) {
  return (
    <SettingPairs
      {...props}
      place="moved_days"
      name={{ title: "Дата", type: "date" }}
      value={{ title: "Какой он", options: DAYS }}
      title="День"
      removedLabel="день"
      addLabel="Добавить перенесённый день"
    />
  );
}
