// «Оплатить квитанцию» without a cabinet: whose receipt, how much and how; nothing of the holder is shown.
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { clearIdempotencyKey, idempotencyKey } from "../api/idempotency";
import { Problem } from "../api/problem";
import { useQuery } from "../api/query";
import type { GuestPaymentForm, PaymentMethod } from "../api/types";
import { amount as asTyped, month, rubles, typedKopecks } from "../format";
import { guestPaymentRoute, ROUTES } from "../routes";
import { Failure, Note } from "../ui/feedback";
import { Field } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Page } from "../ui/page";
import { GuestPayLookup } from "./guest-pay-lookup";
import { MethodChoice } from "./payment-methods";
import "./guest-pay.css";

const DEBOUNCE_MS = 400;

export function GuestPay() {
  const [found, setFound] = useState<GuestPaymentForm | null>(null);
  const [isOutdated, setOutdated] = useState(false);
  const show = (form: GuestPaymentForm | null, outdated = false) => {
    setFound(form);
    setOutdated(outdated);
    scrollTo(0, 0);
  };
  return (
    <Page
      title="Оплатить квитанцию"
      class={found ? "narrow" : ""}
      lead={!found && <p class="lead">Без регистрации, свою или чужую: например, за родителей.</p>}
    >
      {isOutdated && (
        <Note tone="info" live>
          <p>Прошло больше получаса. Найдите квитанцию ещё раз: деньги не списаны.</p>
        </Note>
      )}
      {found ? (
        <PaymentForm found={found} onAnother={() => show(null)} onOutdated={() => show(null, true)} />
      ) : (
        <GuestPayLookup onFound={show} />
      )}
      <p class="actions">
        <a href={ROUTES.start}>На главную страницу</a>
      </p>
    </Page>
  );
}

/** The value once it has not changed for `DEBOUNCE_MS`. */
function useDebounced<T>(value: T): T {
  const [debounced, setDebounced] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(value), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return debounced;
}

function commissionUnseen(total: number): Problem {
  const message = `К оплате с комиссией ${rubles(total)}. Нажмите «ОПЛАТИТЬ» ещё раз.`;
  return new Problem(0, "commission_unseen", message);
}

function PaymentForm(props: { found: GuestPaymentForm; onAnother: () => void; onOutdated: () => void }) {
  const { found } = props;
  const { route } = useLocation();
  const form = useForm("guest-pay");
  const [typed, setTyped] = useState(found.amount === null ? "" : asTyped(found.amount));
  const [email, setEmail] = useState("");
  const [payee, setPayee] = useState(found.payees[0]?.payee_inn);
  const [method, setMethod] = useState<string | null>(null);
  const sum = typedKopecks(typed);
  const isPayable = sum !== null && sum >= found.min && sum <= found.max;
  const quoted = useDebounced(isPayable ? sum : null);
  const waysFor = (amount: number) =>
    unwrap(api.POST("/api/guest/payments/methods", { body: { token: found.token, amount } }));
  const quote = useQuery(quoted === null ? null : `guest-methods:${found.token}:${quoted}`, () =>
    waysFor(quoted ?? 0),
  );
  const ways = quoted === sum ? (quote.data?.items ?? []) : [];
  const ofMethod = (all: PaymentMethod[]) => all.find((way) => way.method === method) ?? all[0];
  const chosen = ofMethod(ways);

  /** Who presses before the commission is shown pays at once only where there is none. */
  const unseen = async (amount: number): Promise<PaymentMethod | undefined> => {
    const way = ofMethod((await waysFor(amount)).items);
    if (way && way.total !== amount) throw commissionUnseen(way.total);
    return way;
  };

  const pay = async () => {
    if (sum === null) return;
    const way = chosen ?? (await unseen(sum));
    if (!way) return;
    const address = email.trim() ? { email: email.trim() } : {};
    const body = {
      token: found.token,
      amount: sum,
      payee_inn: payee,
      method: way.method,
      total: way.total,
      ...address,
    };
    try {
      const key = idempotencyKey("guest-pay", body);
      const made = await unwrap(
        api.POST("/api/guest/payments", { params: { header: { "Idempotency-Key": key } }, body }),
      );
      clearIdempotencyKey("guest-pay");
      // In the place of this page: back from the bank is the payment's state, never the form again.
      route(guestPaymentRoute(made.order_token), true);
      if (!made.sbp) location.assign(made.payment_url);
    } catch (reason) {
      if (reason instanceof Problem && reason.code === "token_invalid") props.onOutdated();
      if (reason instanceof Problem && reason.code === "cart_changed") quote.reload();
      throw reason;
    }
  };
  return (
    <section class="card stack" aria-labelledby="pay-what">
      <h2 id="pay-what">Что оплачиваете</h2>
      <dl class="facts">
        {found.payees.length === 1 && (
          <>
            <dt>Получатель</dt>
            <dd>{found.payee_name}</dd>
          </>
        )}
        {found.supplier_name !== found.payee_name && (
          <>
            <dt>Организация</dt>
            <dd>{found.supplier_name}</dd>
          </>
        )}
        <dt>Лицевой счет</dt>
        <dd>{found.account_masked}</dd>
        <dt>Месяц</dt>
        <dd>{month(found.period)}</dd>
      </dl>
      <Form
        form={form}
        label="Оплата квитанции"
        check={() => ({
          amount:
            !isPayable && `Введите сумму больше нуля и не больше ${rubles(found.max)}, например 1 234,56`,
        })}
        act={pay}
      >
        {found.payees.length > 1 && (
          <fieldset class="choices">
            <legend>Кому платите</legend>
            {found.payees.map((each) => (
              <div class="check" key={each.payee_inn}>
                <input
                  type="radio"
                  id={`payee-${each.payee_inn}`}
                  name="payee"
                  checked={each.payee_inn === payee}
                  onChange={() => setPayee(each.payee_inn)}
                />
                <label for={`payee-${each.payee_inn}`}>{each.name}</label>
              </div>
            ))}
          </fieldset>
        )}
        <Field
          name="amount"
          label="Сумма, ₽:"
          mark="*"
          inputMode="decimal"
          autoComplete="off"
          value={typed}
          onValue={setTyped}
          hint={
            found.amount === null
              ? "Сколько начислено, мы не показываем: это видно на квитанции."
              : "Сумма из кода квитанции, её можно изменить."
          }
        />
        <MethodChoice name="guest" legend="Как оплатить" ways={ways} chosen={chosen} onChoose={setMethod} />
        <Field
          name="email"
          label="Электронная почта:"
          type="email"
          inputMode="email"
          autoComplete="email"
          value={email}
          onValue={setEmail}
          hint="Если нужно письмо об оплате. Адрес используем только для него."
        />
        {quote.problem && <Failure problem={quote.problem} retry={quote.reload} />}
        <p class="split pay-total" aria-live="polite">
          <span>Итого с комиссией</span> <strong class="nowrap">{chosen ? rubles(chosen.total) : "—"}</strong>
        </p>
        {chosen && <p class="muted">{chosen.commission.text}</p>}
        <div class="actions">
          <Submit busy="Передаём в банк…">ОПЛАТИТЬ</Submit>
          <button type="button" class="button button-second" onClick={props.onAnother}>
            Другая квитанция
          </button>
        </div>
      </Form>
    </section>
  );
}
