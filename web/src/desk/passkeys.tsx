// «Вход и ключи доступа»: one's own passkeys; they are added and removed by a code, or by another passkey.
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { refresh, useQuery } from "../api/query";
import { date, time } from "../format";
import { Empty, InlineFailure, QueryView, Note } from "../ui/feedback";
import { Field } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Cell, Row } from "../ui/table";
import { useConfirmedChange, useConfirmedForm } from "./code-confirmation";
import { Screen } from "./layout";
import { LineActions } from "./line-actions";
import { ListTable } from "./lists";
import { createPasskey, supportsPasskeys } from "./passkey";
import { rememberPasskey } from "./passkey-offer";
import type { Passkey } from "./types";

const COLUMNS = ["Ключ", "Добавлен", "Последний вход", "Действия"].map((title) => ({ title }));
const NAME_LENGTH = 60;

export function PasskeysScreen() {
  const query = useQuery("passkeys", () => unwrap(api.GET("/api/staff/passkeys")));
  const change = useConfirmedChange();
  const [renaming, setRenaming] = useState<Passkey | null>(null);
  const [said, setSaid] = useState("");
  const done = (words: string) => {
    setSaid(words);
    setRenaming(null);
    // The code's form asks who has passkeys.
    refresh("me");
    query.reload();
  };
  const remove = (passkey: Passkey) =>
    change.run(async () => {
      const params = { path: { passkey_id: passkey.passkey_id } };
      await unwrap(api.DELETE("/api/staff/passkeys/{passkey_id}", { params }));
      done(`Ключ «${passkey.name}» удалён. На других устройствах нужно войти снова.`);
    });
  return (
    <Screen title="Вход и ключи доступа">
      <p>
        С ключом доступа Вы входите без пароля и кода: устройство узнаёт Вас по отпечатку пальца, лицу или
        PIN-коду. Ключ не подсмотреть и не ввести на поддельном сайте. Пароль и код из приложения остаются на
        случай, если устройства не окажется под рукой.
      </p>
      {said && (
        <Note tone="good" live>
          <p>{said}</p>
        </Note>
      )}
      {change.codeForm}
      {change.problem && <InlineFailure problem={change.problem} />}
      <QueryView query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>Ключей доступа пока нет.</Empty>
          ) : (
            <ListTable caption="Ваши ключи доступа" showCaption columns={COLUMNS}>
              {items.map((each) => (
                <Row key={each.passkey_id}>
                  <Cell column="Ключ" head>
                    {each.name}
                  </Cell>
                  <Cell column="Добавлен">{date(each.created_at)}</Cell>
                  <Cell column="Последний вход">{each.used_at ? time(each.used_at) : "ещё не было"}</Cell>
                  <Cell column="Действия">
                    <LineActions
                      of={each.name}
                      busy={change.busy}
                      change="Переименовать"
                      onChange={() => setRenaming(each)}
                      removal="Удалить ключ"
                      onRemove={() => remove(each)}
                    />
                  </Cell>
                </Row>
              ))}
            </ListTable>
          )
        }
      </QueryView>
      {renaming && (
        <Rename
          key={renaming.passkey_id}
          passkey={renaming}
          onCancel={() => setRenaming(null)}
          onDone={(name) => done(`Теперь ключ называется «${name}».`)}
        />
      )}
      {supportsPasskeys ? (
        <NewPasskey
          onDone={(name) => done(`Ключ «${name}» добавлен. В следующий раз можно войти по нему.`)}
        />
      ) : (
        <Note tone="info">
          <p>
            Этот браузер не умеет работать с ключами доступа. Обновите его или откройте рабочее место в
            другом.
          </p>
        </Note>
      )}
    </Screen>
  );
}

function NewPasskey({ onDone }: { onDone: (name: string) => void }) {
  const form = useForm("new-passkey");
  const confirmed = useConfirmedForm(form);
  const [name, setName] = useState("");
  const add = async () => {
    const asked = await unwrap(api.POST("/api/staff/passkeys/challenge"));
    const body = await createPasskey(asked, name.trim());
    const made = await unwrap(api.POST("/api/staff/passkeys", { body }));
    setName("");
    rememberPasskey();
    onDone(made.name);
  };
  return (
    <section class="card stack" aria-labelledby="new-passkey-title">
      <h2 id="new-passkey-title">Добавить ключ</h2>
      <p>Ключ сохранится на этом устройстве, в менеджере паролей или на USB-ключе: спросит браузер.</p>
      <Form form={form} label="Новый ключ доступа" act={confirmed.wrap(add)}>
        <NameField value={name} onValue={setName} hint="Например, «Рабочий ноутбук». Можно не заполнять." />
        <Submit busy="Ждём устройство…">Добавить ключ доступа</Submit>
      </Form>
      {confirmed.codeForm}
    </section>
  );
}

function Rename(props: { passkey: Passkey; onCancel: () => void; onDone: (name: string) => void }) {
  const form = useForm("rename-passkey");
  const [name, setName] = useState(props.passkey.name);
  const rename = async () => {
    const params = { path: { passkey_id: props.passkey.passkey_id } };
    const body = { name: name.trim() };
    const renamed = await unwrap(api.PATCH("/api/staff/passkeys/{passkey_id}", { params, body }));
    props.onDone(renamed.name);
  };
  return (
    <section class="card" aria-label={`Другое название: ${props.passkey.name}`}>
      <Form
        form={form}
        label="Другое название ключа"
        check={() => ({ name: !name.trim() && "Введите название" })}
        act={rename}
      >
        <NameField value={name} onValue={setName} />
        <div class="actions">
          <Submit>Сохранить</Submit>
          <button type="button" class="button button-second" onClick={props.onCancel}>
            Отмена
          </button>
        </div>
      </Form>
    </section>
  );
}

function NameField(props: { value: string; onValue: (value: string) => void; hint?: string }) {
  return <Field name="name" label="Название" maxLength={NAME_LENGTH} autoComplete="off" {...props} />;
}
