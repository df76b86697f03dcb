// «Жители»: the search by whatever a resident says; an account and its bindings; the end of a binding.
import { useLocation, useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import { date as day, time } from "../format";
import { Empty, InlineFailure, QueryView, Note } from "../ui/feedback";
import { Field, TextArea } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Cell, Row } from "../ui/table";
import { Fact } from "./fact";
import { Screen } from "./layout";
import { ListTable } from "./lists";
import { accountPath, DESK, phoneReadingsPath, viewPath } from "./routes";
import { useSupplierNames } from "./suppliers";
import type { AccountCard, BoundUser, ResidentPage } from "./types";

const COLUMNS = ["Лицевой счёт", "Собственник", "Адрес", "Организация"].map((title) => ({ title }));

const CHANGES = ["Лицевой счёт", "Сменился", "Новый собственник", "Адрес", "У кого привязан"].map(
  (title) => ({ title }),
);

/** What is searched for stays in this screen: it may be somebody's address, and does not belong into the page's. */
export function Residents() {
  const form = useForm("residents");
  const [query, setQuery] = useState("");
  const [found, setFound] = useState<SearchResult | null>(null);
  const { route } = useLocation();
  const search = async () => {
    const asked = query.trim();
    const page = await unwrap(api.GET("/api/staff/residents", { params: { query: { query: asked } } }));
    setFound({ found: page, asked });
    const [only, second] = page.items;
    if (only && !second) route(accountPath(only.account_id));
  };
  return (
    <Screen title="Жители">
      <div class="card" role="search" aria-label="Поиск жителя">
        <Form
          form={form}
          label="Поиск жителя"
          check={() => ({ query: !query.trim() && "Введите, что знаете о жителе" })}
          act={search}
        >
          <Field
            name="query"
            label="Лицевой счёт, фамилия, адрес, почта или телефон"
            hint="Например: Иванов И. · Северная 12, кв. 5 · +7 900 123-45-67. Номер счёта, похожий на телефон, — с «№». Каждый поиск записывается в журнал."
            autoComplete="off"
            value={query}
            onValue={setQuery}
          />
          <Submit busy="Ищем…">Найти</Submit>
        </Form>
      </div>
      {found && <FoundResidents {...found} />}
      <FormerHolders />
    </Screen>
  );
}

/** Asked for by a button: to look is noted in the audit log. */
function FormerHolders() {
  const [cards, setCards] = useState<AccountCard[] | null>(null);
  const asking = useChange();
  const show = async () => setCards((await unwrap(api.GET("/api/staff/holder-changes"))).items);
  return (
    <section class="stack" aria-labelledby="former-holders">
      <h2 id="former-holders">Сменился собственник</h2>
      {asking.problem && <InlineFailure problem={asking.problem} />}
      {cards === null && (
        <p>
          <button
            type="button"
            class="button button-second"
            aria-disabled={asking.busy}
            onClick={() => asking.run(show)}
          >
            Показать, где прежний ещё не отвязан
          </button>
        </p>
      )}
      {cards?.length === 0 && <Empty>Таких лицевых счетов нет.</Empty>}
      {cards && cards.length > 0 && (
        <ListTable caption="Прежний собственник не отвязан" columns={CHANGES}>
          {cards.map((each) => (
            <Row key={each.account_id}>
              <Cell column="Лицевой счёт" head>
                <a href={accountPath(each.account_id)}>{each.number}</a>
              </Cell>
              <Cell column="Сменился">{each.holder_since && day(each.holder_since)}</Cell>
              <Cell column="Новый собственник">{each.holder}</Cell>
              <Cell column="Адрес">{each.address}</Cell>
              <Cell column="У кого привязан">{each.users.map((user) => user.email_masked).join(", ")}</Cell>
            </Row>
          ))}
        </ListTable>
      )}
    </section>
  );
}

interface SearchResult {
  found: ResidentPage;
  /** What was searched for. */
  asked: string;
}

function FoundResidents({ found, asked }: SearchResult) {
  const nameOf = useSupplierNames();
  if (found.items.length === 0 && found.users.length === 0) {
    return <Empty>Никого не нашли. Почту пишите целиком, адрес — с номером дома.</Empty>;
  }
  return (
    <>
      {found.items.length === 0 &&
        found.users.map((user) =>
          user.is_activated ? (
            <p key={user.user_id} class="card">
              Кабинет {user.email_masked || "без почты"} есть с {time(user.created_at)}, но лицевой счёт в нём
              не привязан.
            </p>
          ) : (
            <PendingRegistration key={user.user_id} user={user} email={asked} />
          ),
        )}
      {found.items.length > 0 && (
        <ListTable caption="Найденные лицевые счета" columns={COLUMNS}>
          {found.items.map((each) => (
            <Row key={each.account_id}>
              <Cell column="Лицевой счёт" head>
                <a href={accountPath(each.account_id)}>{each.number}</a>
              </Cell>
              <Cell column="Собственник">{each.holder}</Cell>
              <Cell column="Адрес">{each.address}</Cell>
              <Cell column="Организация">{nameOf(each.supplier_id)}</Cell>
            </Row>
          ))}
        </ListTable>
      )}
      {found.has_more && (
        <p class="muted">Показаны не все. Добавьте к фамилии инициалы или адрес, к дому — квартиру.</p>
      )}
    </>
  );
}

/** Who registered and has not followed the email's link: the email is sent again to the address that was typed. */
function PendingRegistration({ user, email }: { user: ResidentPage["users"][number]; email: string }) {
  const sending = useChange();
  const [sent, setSent] = useState(false);
  const send = async () => {
    await unwrap(
      api.POST("/api/staff/users/{user_id}/activation-mail", {
        params: { path: { user_id: user.user_id } },
        body: { email },
      }),
    );
    setSent(true);
  };
  return (
    <article class="card stack">
      <p>
        {user.email_masked} зарегистрировался {time(user.created_at)}, но ещё не перешёл по ссылке из письма.
      </p>
      {sending.problem && <InlineFailure problem={sending.problem} />}
      {sent ? (
        <Note tone="good" live>
          <p>Письмо отправлено. Ссылка в прежнем письме больше не действует.</p>
        </Note>
      ) : (
        <p>
          <button
            type="button"
            class="button button-second"
            aria-disabled={sending.busy}
            onClick={() => sending.run(send)}
          >
            Отправить письмо ещё раз
          </button>
        </p>
      )}
    </article>
  );
}

export function AccountScreen() {
  const id = decodeURIComponent(useRoute().params.account_id ?? "");
  const card = useQuery<AccountCard>(`account:${id}`, () =>
    unwrap(api.GET("/api/staff/accounts/{account_id}", { params: { path: { account_id: id } } })),
  );
  const [ended, setEnded] = useState<BoundUser | null>(null);
  return (
    <QueryView query={card}>
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
          <p class="actions">
            <a class="button button-second" href={viewPath(id, "summary")}>
              Глазами абонента
            </a>
            <a class="button button-second" href={phoneReadingsPath(id)}>
              Показания по телефону
            </a>
          </p>
          <section class="stack" aria-labelledby="bound">
            <h2 id="bound">У кого привязан</h2>
            {ended && (
              <Note tone="good" live>
                <p>Лицевой счёт отвязан: {ended.email_masked || "кабинет без почты"}. Письмо отправлено.</p>
              </Note>
            )}
            {account.users.some((user) => user.is_former_holder) && (
              <Note tone="warn">
                <p>
                  Собственник сменился{account.holder_since && ` ${day(account.holder_since)}`}, а прежний ещё
                  не отвязан. Он уже ничего здесь не видит; отвяжите лицевой счёт, и он узнает причину.
                </p>
              </Note>
            )}
            {account.users.length === 0 && <Empty>Ни у кого.</Empty>}
            {account.users.map((user) => (
              <BoundUserRow
                key={user.user_id}
                account={account}
                user={user}
                onEnded={() => {
                  setEnded(user);
                  card.updateData((shown) => ({
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
    </QueryView>
  );
}

function BoundUserRow(props: { account: AccountCard; user: BoundUser; onEnded: () => void }) {
  const { account, user } = props;
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const form = useForm(`unbind-${user.user_id}`);
  const end = async () => {
    await unwrap(
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
