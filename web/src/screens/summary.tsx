// «Общая информация»: what is owed, by receipts, with the print icon and «Добавить в корзину».
import { useEffect, useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { type Query, cacheData, useQuery } from "../api/query";
import type { Binding, Receipt, ReceiptAmounts, Summary } from "../api/types";
import { amount, date, monthUpper, rubles } from "../format";
import { monthRoute, ROUTES } from "../routes";
import { useSession } from "../session-context";
import { AccountPage } from "../shell/account-header";
import { Empty, QueryView, Note, InlineFailure } from "../ui/feedback";
import { Icon } from "../ui/icons";
import { useReadOnly } from "../ui/read-only";
import { Cell, LineRow, Table } from "../ui/table";
import { PrintReceipt } from "./print-receipt";
import { AmountDueCard } from "./amount-due";
import "./summary.css";

const MAIN = "Сумма по основным услугам (руб.)";
const PENALTY = "Сумма пени (руб.)";

export function SummaryScreen() {
  return (
    <AccountPage title="Общая информация" reads={() => []}>
      {(account) => <SummaryContent account={account} />}
    </AccountPage>
  );
}

function SummaryContent({ account }: { account: Binding }) {
  return (
    <QueryView query={useSummary(account)}>
      {(summary) => (
        <>
          <AmountDueCard account={account} summary={summary} />
          <SummaryTables account={account} summary={summary} />
        </>
      )}
    </QueryView>
  );
}

/** The summary of an account: the first screen's own, where it is of this account, else asked for. */
export function useSummary({ account_id }: Binding): Query<Summary> {
  const { home, problem, reload, refreshHome } = useSession();
  const known = home?.account_id === account_id ? (home.summary ?? undefined) : undefined;
  const path = { account_id };
  const query = useQuery(known ? null : `summary:${account_id}`, () =>
    unwrap(api.GET("/api/accounts/{account_id}/summary", { params: { path } })),
  );
  useEffect(refreshHome, [refreshHome]);
  return known ? { ...query, data: known, problem, reload } : query;
}

/** Whose sheet it is, and what may be done from it. */
export type ShownAccount = Pick<Binding, "account_id" | "number" | "features">;

/** What each receipt asks for, in the manual's own tables. */
export function SummaryTables({ account, summary }: { account: ShownAccount; summary: Summary }) {
  return (
    <>
      {summary.unaccounted_payments.length > 0 && (
        <Note tone="info">
          <p>Оплаты, которые ещё не учтены в квитанции:</p>
          <ul>
            {summary.unaccounted_payments.map((payment, index) => (
              <li key={index}>
                {date(payment.paid_at)} —{" "}
                {payment.amount < 0 ? `возврат ${rubles(-payment.amount)}` : rubles(payment.amount)}
              </li>
            ))}
          </ul>
        </Note>
      )}
      <div id="receipts" class="stack">
        {summary.receipts.map((receipt) => (
          <ReceiptTable key={receipt.receipt_id} account={account} receipt={receipt} />
        ))}
      </div>
      {summary.receipts.length === 0 && <Empty>Квитанций по этому лицевому счету пока нет.</Empty>}
    </>
  );
}

/** Debt and overpayment in words: colour and sign alone are not enough. */
function DebtTag({ kopecks }: { kopecks: number }) {
  if (!kopecks) return null;
  return (
    <span class={`tag ${kopecks > 0 ? "tag-debt" : "tag-good"}`}>{kopecks > 0 ? "долг" : "переплата"}</span>
  );
}

function SumsRow(props: {
  title: string;
  /** The same in a word or two, on a phone's line. */
  line: string;
  sums: ReceiptAmounts;
  debtWords?: boolean;
  strong?: boolean;
  /** Whether the sign means something beside the line's word. */
  signed?: boolean;
  payable: boolean;
  children?: preact.ComponentChildren;
}) {
  const { main, penalty } = props.sums;
  return (
    <LineRow
      class={props.strong ? "row-strong" : ""}
      column=""
      title={props.title}
      line={
        <>
          {props.line}
          {penalty !== 0 && <span class="muted">из них пени {amount(Math.abs(penalty))}</span>}
        </>
      }
      sum={amount(props.signed ? main + penalty : Math.abs(main + penalty))}
    >
      <Cell column={MAIN} number>
        {props.debtWords && <DebtTag kopecks={props.sums.main} />} {amount(props.sums.main)}
      </Cell>
      <Cell column={PENALTY} number>
        {amount(props.sums.penalty)}
      </Cell>
      {props.payable && (
        <Cell column="" class="cell-action cell-kept">
          {props.children}
        </Cell>
      )}
    </LineRow>
  );
}

function ReceiptTable({ account, receipt }: { account: ShownAccount; receipt: Receipt }) {
  const { preliminary } = receipt;
  const of = `по квитанции за ${monthUpper(receipt.period)}`;
  const most = Math.max(
    ...[receipt.total, receipt.payable_with_preliminary].map((sums) => sums.main + sums.penalty),
  );
  const readOnly = useReadOnly();
  const payable = !readOnly && receipt.can_pay && account.features.includes("payments") && most > 0;
  // A preliminary charge whose payee nobody has named adds nothing to the cart.
  const extra = preliminary ? preliminary.main + preliminary.penalty : 0;
  const ahead =
    payable && (extra <= 0 || receipt.left_with_preliminary > receipt.left || receipt.unaccounted > 0);
  return (
    <section class="card" aria-label={receipt.title}>
      <div class="receipt-head">
        <h2>{receipt.title}</h2>
        {!readOnly && (
          <a class="button button-quiet" href={monthRoute("explanation", receipt.period)}>
            <span>
              Почему столько?<span class="sr-only"> {receipt.title}</span>
            </span>
          </a>
        )}
        {!readOnly && receipt.document_id && (
          <PrintReceipt
            accountId={account.account_id}
            documentId={receipt.document_id}
            title={receipt.title}
            label="Открыть PDF"
          />
        )}
      </div>
      <Table
        caption={receipt.title}
        hideCaption
        class="table-sums"
        columns={[
          { title: "Показатель" },
          { title: MAIN, number: true },
          { title: PENALTY, number: true },
          ...(payable ? [{ title: "Оплата" }] : []),
        ]}
      >
        <SumsRow
          payable={payable}
          title={`Долг(+)/переплата(-) ${of}`}
          line={receipt.debt.main + receipt.debt.penalty < 0 ? "Переплата" : "Долг"}
          sums={receipt.debt}
          debtWords
        />
        <SumsRow
          payable={payable}
          line="Оплачено"
          title={`Оплата(-), учтенная в квитанции за ${monthUpper(receipt.period)}`}
          sums={receipt.paid}
        />
        <SumsRow payable={payable} title={`Начислено ${of}`} line="Начислено" sums={receipt.charged} signed />
        <SumsRow
          payable={payable}
          title={`Итого к оплате ${of}`}
          line="Итого к оплате"
          sums={receipt.total}
          signed
          strong
        >
          {payable && (
            <AddToCart
              account={account}
              receipt={receipt}
              withPreliminary={false}
              sums={receipt.total}
              left={receipt.left}
            />
          )}
        </SumsRow>
        {preliminary && (
          <>
            <SumsRow
              payable={payable}
              title={`Предварительно начислено за ${monthUpper(preliminary.period)}`}
              line={`Предварительно за ${monthUpper(preliminary.period)}`}
              signed
              sums={preliminary}
            />
            <SumsRow
              payable={payable}
              title="К оплате с учетом предварительного начисления (авансом)"
              line="К оплате авансом"
              signed
              sums={receipt.payable_with_preliminary}
              strong
            >
              {ahead && (
                <AddToCart
                  account={account}
                  receipt={receipt}
                  withPreliminary
                  sums={receipt.payable_with_preliminary}
                  left={receipt.left_with_preliminary}
                />
              )}
            </SumsRow>
          </>
        )}
      </Table>
      {receipt.payment_note && (
        <Note tone="info">
          <p>{receipt.payment_note}</p>
        </Note>
      )}
    </section>
  );
}

function AddToCart(props: {
  account: ShownAccount;
  receipt: Receipt;
  withPreliminary: boolean;
  sums: ReceiptAmounts;
  left: number;
}) {
  const { setCounters } = useSession();
  const adding = useChange();
  const [added, setAdded] = useState(false);
  const sum = props.sums.main + props.sums.penalty;
  if (sum <= 0) return null;
  // What was paid here is not in the receipt yet: the cart is offered the rest, and nothing invites to pay again.
  const isPaid = props.receipt.unaccounted > 0 && props.left === 0;
  const add = async () => {
    const body = {
      account_id: props.account.account_id,
      receipt_id: props.receipt.receipt_id,
      with_preliminary: props.withPreliminary,
      // Asked for in words by the button itself: nothing is left, so this pays ahead.
      pay_ahead: isPaid,
    };
    const cart = await unwrap(api.POST("/api/cart/items", { body }));
    setAdded(true);
    cacheData("cart", cart);
    setCounters({ cart: cart.count });
  };
  return (
    <span class="add-place">
      {added ? (
        <span class="added" role="status">
          <Icon name="check" /> В корзине. <a href={ROUTES.cart}>Перейти в корзину</a>
        </span>
      ) : (
        <button
          type="button"
          class="button button-second add-to-cart"
          aria-disabled={adding.busy}
          onClick={() => adding.run(add)}
        >
          <Icon name="cart" /> {isPaid ? "Заплатить вперёд" : "Добавить в корзину"}
          <span class="sr-only">
            : {rubles(props.left || sum)}
            {props.withPreliminary && ", с предварительным начислением"}
          </span>
        </button>
      )}
      {props.receipt.unaccounted > 0 && (
        <span class="hint">
          {isPaid
            ? "Вы уже заплатили, оплата ещё не учтена. Платить снова не нужно."
            : `Осталось ${rubles(props.left)}: ${rubles(props.receipt.unaccounted)} Вы уже заплатили, оплата ещё не учтена.`}
        </span>
      )}
      {adding.problem && <InlineFailure problem={adding.problem} />}
    </span>
  );
}
