// «Жители»: an account by its number or its resident's address; who has it bound; the end of a binding.
import { useLocation, useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { useQuery } from "../api/query";
import { date as day, time } from "../format";
import { Empty, Loaded, Note } from "../ui/feedback";
import { Field, TextArea } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Cell, Row, Table } from "../ui/table";
import { Fact } from "./facts";
import { Screen } from "./frame";
import { accountPath, DESK } from "./routes";
import type { AccountCard, BoundUser, ResidentLine } from "./types";

const COLUMNS = ["Лицевой счёт", "Собственник", "Адрес", "Организация"].map((title) => ({ title }));

/** What is searched for stays in this screen: it may be somebody's address, and does not belong into the page's. */
export function Residents() {
  const form = useForm("residents");
  const [query, setQuery] = useState("");
  const [found, setFound] = useState<ResidentLine[] | null>(null);
  const { route } = useLocation();
  const search = async () => {
    const { items } = await ask(
      api.GET("/api/staff/residents", { params: { query: { query: query.trim() } } }),
    );
    setFound(items);
    const [only, second] = items;
    if (only && !second) route(accountPath(only.account_id));
  };
  return (
    <Screen title="Жители">
      <div class="card">
        <Form
          form={form}
          label="Поиск жителя"
          check={() => ({ query: !query.trim() && "Введите номер лицевого счёта или адрес почты" })}
          act={search}
        >
          <Field
            name="query"
            label="Номер лицевого счёта или адрес почты целиком"
            hint="Каждый поиск записывается в журнал."
            autoComplete="off"
            value={query}
            onValue={setQuery}
          />
          <Submit busy="Ищем…">Найти</Submit>
        </Form>
      </div>
      {found?.length === 0 && <Empty>Никого не нашли: проверьте номер или адрес.</Empty>}
      {found && found.length > 0 && (
        <Table caption="Найденные лицевые счета" hideCaption columns={COLUMNS} class="desk-table">
          {found.map((each) => (
            <Row key={each.account_id}>
              <Cell of="Лицевой счёт" head>
                <a href={accountPath(each.account_id)}>{each.number}</a>
              </Cell>
              <Cell of="Собственник">{each.holder}</Cell>
              <Cell of="Адрес">{each.address}</Cell>
              <Cell of="Организация">{each.supplier_id}</Cell>
            </Row>
          ))}
        </Table>
      )}
    </Screen>
  );
}

export function AccountScreen() {
  const id = decodeURIComponent(useRoute().params.account_id ?? "");
  const card = useQuery<AccountCard>(`account:${id}`, () =>
    ask(api.GET("/api/staff/accounts/{account_id}", { params: { path: { account_id: id } } })),
  );
  const [ended, setEnded] = useState<BoundUser | null>(null);
  return (
    <Loaded query={card}>
      {(account) => (
        <Screen title={`Лицевой счёт ${account.number}`}>
          <Note tone="info">
            <p>Житель увидит в разделе «Безопасность», что сотрудник смотрел этот лицевой счёт.</p>
          </Note>
          <dl class="facts card">
            <Fact name="Собственник" value={account.holder} />
            <Fact name="Адрес" value={account.address} />
            <Fact name="Организация" value={account.supplier_name} />
            <Fact name="Собственник с" value={account.holder_since && day(account.holder_since)} />
            <Fact name="Закрыт" value={account.closed_on && day(account.closed_on)} />
          </dl>
          <section class="stack" aria-labelledby="bound">
            <h2 id="bound">У кого привязан</h2>
            {ended && (
              <Note tone="good" live>
                <p>Лицевой счёт отвязан: {ended.email_masked || "кабинет без почты"}. Письмо отправлено.</p>
              </Note>
            )}
            {account.users.length === 0 && <Empty>Ни у кого.</Empty>}
            {account.users.map((user) => (
              <Bound
                key={user.user_id}
                account={account}
                user={user}
                onEnded={() => {
                  setEnded(user);
                  card.update((shown) => ({
                    ...shown,
                    users: shown.users.filter((each) => each.user_id !== user.user_id),
                  }));
                }}
              />
            ))}
          </section>
          <p>
            <a href={DESK.residents}>К поиску</a>
          </p>
        </Screen>
      )}
    </Loaded>
  );
}

function Bound(props: { account: AccountCard; user: BoundUser; onEnded: () => void }) {
  const { account, user } = props;
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const form = useForm(`unbind-${user.user_id}`);
  const end = async () => {
    await ask(
      api.DELETE("/api/staff/accounts/{account_id}/bindings/{user_id}", {
        params: { path: { account_id: account.account_id, user_id: user.user_id } },
        body: { reason: reason.trim() },
      }),
    );
    props.onEnded();
  };
  return (
    <article class="card stack">
      <p>
        {user.email_masked || "кабинет без почты"}, с {time(user.bound_at)}
        {user.is_former_holder && <strong class="late"> · прежний собственник</strong>}
      </p>
      {open ? (
        <Form
          form={form}
          label="Отвязать лицевой счёт"
          check={() => ({ reason: !reason.trim() && "Напишите причину: её прочитает житель" })}
          act={end}
        >
          <TextArea
            name="reason"
            label="Причина"
            hint="Житель получит её письмом."
            value={reason}
            onValue={setReason}
            maxLength={500}
          />
          <div class="actions">
            <Submit class="button-danger" busy="Отвязываем…">
              Отвязать
            </Submit>
            <button type="button" class="button button-second" onClick={() => setOpen(false)}>
              Отмена
            </button>
          </div>
        </Form>
      ) : (
        <p>
          <button type="button" class="button button-second" onClick={() => setOpen(true)}>
            Отвязать<span class="sr-only"> от кабинета {user.email_masked}</span>
          </button>
        </p>
      )}
    </article>
  );
}
