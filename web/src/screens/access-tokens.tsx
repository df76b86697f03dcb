// «Доступ для программ»: tokens of a resident's own programs. A token is shown once, when it is made.
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { useChange } from "../api/change";
import { useRead } from "../api/query";
import type { AccessToken, AccessTokenCreated, TokenScope } from "../api/types";
import { date, localDay, time } from "../format";
import { Empty, Failure, QueryView, Note } from "../ui/feedback";
import { Checkbox, Field } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Page } from "../ui/page";
import "./access-tokens.css";

const TOKENS_READ = { key: "tokens", load: () => unwrap(api.GET("/api/profile/tokens")) };
const SCOPES: Record<TokenScope, string> = {
  "read:debts": "Видеть начисления, долги и оплаты",
  "read:meters": "Видеть счётчики и показания",
  "write:readings": "Передавать показания",
};
const DAY = 86_400_000;

export function AccessTokensScreen() {
  const query = useRead(TOKENS_READ);
  const [made, setMade] = useState<AccessTokenCreated | null>(null);
  return (
    <Page
      title="Доступ для программ"
      lead={
        <p>
          Токен — ключ, по которому Ваша программа (например, умный дом) сама узнаёт начисления или передаёт
          показания. Платить, менять настройки и привязывать счета по нему нельзя.
        </p>
      }
    >
      {made && <NewTokenValue made={made} />}
      <section class="card" aria-labelledby="tokens">
        <h2 id="tokens">Ваши токены</h2>
        <QueryView query={query}>
          {({ items }) =>
            items.length ? (
              <ul class="plain-list">
                {items.map((token) => (
                  <TokenRow
                    key={token.token_id}
                    token={token}
                    onRevoked={() => {
                      if (made?.token_id === token.token_id) setMade(null);
                      query.reload();
                    }}
                  />
                ))}
              </ul>
            ) : (
              <Empty>Токенов пока нет: ни одна программа не имеет доступа к Вашему кабинету.</Empty>
            )
          }
        </QueryView>
      </section>
      {(query.data || query.problem) && (
        <NewToken
          onMade={(token) => {
            setMade(token);
            query.reload();
            scrollTo(0, 0);
          }}
        />
      )}
    </Page>
  );
}

function NewTokenValue({ made }: { made: AccessTokenCreated }) {
  const [copied, setCopied] = useState(false);
  return (
    <Note tone="good" live>
      <p>
        <strong>Токен «{made.name}» создан.</strong> Скопируйте его в программу сейчас: больше мы его не
        покажем.
      </p>
      <p>
        <code class="token">{made.token}</code>
      </p>
      <button
        type="button"
        class="button button-second"
        onClick={() => void navigator.clipboard.writeText(made.token).then(() => setCopied(true))}
      >
        {copied ? "Скопировано" : "Скопировать"}
      </button>
    </Note>
  );
}

function TokenRow({ token, onRevoked }: { token: AccessToken; onRevoked: () => void }) {
  const change = useChange();
  const [asked, setAsked] = useState(false);
  const path = { token_id: token.token_id };
  const revoke = async () => {
    await unwrap(api.DELETE("/api/profile/tokens/{token_id}", { params: { path } }));
    onRevoked();
  };
  return (
    <li class="split">
      <span>
        <strong>{token.name}</strong>
        <br />
        {token.scopes.map((scope) => SCOPES[scope]).join("; ")}
        <br />
        <span class="muted">
          {token.last_used_at ? `Последний запрос: ${time(token.last_used_at)}` : "Ещё не использовался"},
          действует до {date(token.expires_on)}
        </span>
        {change.problem && <Failure problem={change.problem} />}
      </span>
      <button
        type="button"
        class={`button ${asked ? "button-danger" : "button-second"}`}
        aria-disabled={change.busy}
        onClick={() => (asked ? change.run(revoke) : setAsked(true))}
      >
        {asked ? "Да, отозвать" : "Отозвать"}
        <span class="sr-only">: {token.name}</span>
      </button>
    </li>
  );
}

function NewToken({ onMade }: { onMade: (made: AccessTokenCreated) => void }) {
  const form = useForm("token");
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<TokenScope[]>([]);
  const day = (days: number) => localDay(new Date(Date.now() + days * DAY));
  const [end, setEnd] = useState(day(365));
  const create = async () => {
    const body = { name: name.trim(), scopes, expires_on: end };
    onMade(await unwrap(api.POST("/api/profile/tokens", { body })));
    setName("");
    setScopes([]);
  };
  return (
    <Form
      form={form}
      class="card"
      label="Новый токен"
      check={() => ({
        name: !name.trim() && "Назовите программу, для которой нужен токен.",
        scopes: !scopes.length && "Выберите, что программе разрешено.",
        expires_on: !end && "Укажите день окончания.",
      })}
      act={create}
    >
      <h2>Новый токен</h2>
      <Field
        name="name"
        label="Название программы"
        hint="Чтобы Вы узнали её в списке: «Умный дом», «Таблица расходов»."
        maxLength={60}
        value={name}
        onValue={setName}
      />
      <fieldset class="choices" id="token-scopes" tabIndex={-1}>
        <legend>Что программе разрешено</legend>
        {(Object.entries(SCOPES) as [TokenScope, string][]).map(([scope, label]) => (
          <Checkbox
            key={scope}
            name={scope}
            label={label}
            checked={scopes.includes(scope)}
            onChecked={(checked) => {
              form.clear("scopes");
              setScopes(checked ? [...scopes, scope] : scopes.filter((one) => one !== scope));
            }}
          />
        ))}
        {form.errors["scopes"] && <p class="mistake">{form.errors["scopes"]}</p>}
      </fieldset>
      <Field
        name="expires_on"
        label="Действует до"
        type="date"
        min={day(1)}
        max={day(365)}
        value={end}
        onValue={setEnd}
      />
      <div class="actions">
        <Submit busy="Создаём…">Создать токен</Submit>
      </div>
    </Form>
  );
}
