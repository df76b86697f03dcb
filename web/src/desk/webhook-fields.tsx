// Where the supplier's billing system hears at once of what happens. The secret is named by who sees every supplier.
import { useDesk } from "./session-context";
import type { Setting, Settings } from "./setting-fields";
import { AddButton, RemovableGroup, SettingPathError, NestedFields, type FieldsProps } from "./setting-list";

const URL: Setting = {
  path: "url",
  title: "Адрес учётной системы",
  kind: "text",
  hint: "https, имя в интернете, порт 443.",
};
const SECRET: Setting = {
  path: "secret",
  title: "Имя секрета с ключами подписи",
  kind: "text",
  hint: "Только имя, например cabinet/webhook/billing; самого ключа здесь быть не должно.",
};

export function WebhookFields({ settings, onSet }: FieldsProps) {
  const { seesEverySupplier: mayName } = useDesk();
  const webhook = settings.webhook as Settings | null | undefined;
  const onValues = (values: Settings) => onSet("webhook", values);
  return (
    <>
      <SettingPathError place="webhook" />
      {!webhook && <p>Адреса нет: учётная система узнаёт обо всём из реестров.</p>}
      {webhook && (
        <RemovableGroup
          title="Адрес событий"
          removedLabel="адрес событий"
          onRemove={() => onSet("webhook", null)}
        >
          <NestedFields
            place="webhook"
            values={webhook}
            onValues={onValues}
            fields={mayName ? [URL, SECRET] : [URL]}
          />
          {!mayName && (
            <p class="muted">
              Секрет «{String(webhook.secret)}» задаёт сотрудник, которому открыты все организации.
            </p>
          )}
        </RemovableGroup>
      )}
      {!webhook && mayName && (
        <AddButton onAdd={() => onSet("webhook", { url: "", secret: "" })}>Добавить адрес событий</AddButton>
      )}
    </>
  );
}
