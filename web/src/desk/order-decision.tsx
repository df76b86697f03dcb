// What a person does with an order: asks the bank, and decides about one that is under review.
import { useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { refresh } from "../api/query";
import { rubles, typedKopecks } from "../format";
import { InlineFailure, Note } from "../ui/feedback";
import { Field, TextArea } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { useConfirmedForm } from "./code-confirmation";
import { BANK_STATES } from "./order-labels";
import { FilterSelect } from "../ui/filter-select";
import type { BankStatus, Order } from "./types";

export function AskBank({ order, onChanged }: { order: Order; onChanged: (order: Order) => void }) {
  const change = useChange();
  const [answers, setAnswers] = useState<BankStatus[] | null>(null);
  const askNow = async () => {
    const answer = await unwrap(
      api.POST("/api/staff/orders/{order_id}/ask", { params: { path: { order_id: order.order_id } } }),
    );
    setAnswers(answer.bank);
    onChanged(answer.order);
    refresh("orders:");
  };
  if (order.attempts.length === 0) return null;
  return (
    <section class="stack" aria-label="Ответ банка">
      <p>
        <button
          type="button"
          class="button button-second"
          aria-disabled={change.busy}
          onClick={() => change.run(askNow)}
        >
          {change.busy ? "Спрашиваем банк…" : "Спросить банк"}
        </button>
        {change.problem && <InlineFailure problem={change.problem} />}
      </p>
      {answers && (
        <Note tone="info" live>
          {answers.length === 0 && <p>Спрашивать не о чем: ни одну попытку уже нельзя оплатить.</p>}
          {answers.map((each) => (
            <p key={each.number}>
              {each.number}: {bankStatusText(each)}
            </p>
          ))}
        </Note>
      )}
    </section>
  );
}

function bankStatusText(answer: BankStatus): string {
  if (answer.state === null) return "банк не ответил";
  const sum = answer.amount === null ? "" : `, ${rubles(answer.amount)}`;
  const held =
    answer.held !== null && answer.held !== answer.amount && answer.state !== "waiting"
      ? `, из них у банка осталось ${rubles(answer.held)}`
      : "";
  const code = answer.decline_code ? `, код ${answer.decline_code}` : "";
  return BANK_STATES[answer.state] + sum + held + code;
}

export function ResolveReview({ order, onChanged }: { order: Order; onChanged: (order: Order) => void }) {
  const form = useForm("settle");
  const confirmed = useConfirmedForm(form);
  const [outcome, setOutcome] = useState<"paid" | "declined">("paid");
  const [sum, setSum] = useState("");
  const [reason, setReason] = useState("");
  if (order.status !== "review") return null;
  const send = confirmed.wrap(async () => {
    const amount = outcome === "paid" ? typedKopecks(sum) : null;
    const settled = await unwrap(
      api.POST("/api/staff/orders/{order_id}/settle", {
        params: { path: { order_id: order.order_id } },
        body: { as: outcome, reason: reason.trim(), version: order.version, ...(amount ? { amount } : {}) },
      }),
    );
    refresh("orders:");
    refresh("today:");
    onChanged(settled);
  });
  return (
    <section class="card" aria-labelledby="settle">
      <h2 id="settle">Решение</h2>
      <Form
        form={form}
        label="Решение по заказу"
        check={() => ({
          reason: !reason.trim() && "Напишите, почему: это останется в истории заказа",
          sum: sum.trim() !== "" && typedKopecks(sum) === null && "Сумма — в рублях, например 293,08",
        })}
        act={send}
      >
        <FilterSelect
          label="Деньги"
          value={outcome}
          options={[
            ["paid", "пришли"],
            ["declined", "не пришли или возвращены"],
          ]}
          onValue={(value) => setOutcome(value as "paid" | "declined")}
        />
        {outcome === "paid" && (
          <Field
            name="sum"
            label="Сколько пришло"
            hint="Пусто — столько, сколько назвал банк."
            inputMode="decimal"
            autoComplete="off"
            value={sum}
            onValue={setSum}
          />
        )}
        <TextArea
          name="reason"
          label="Почему"
          hint="Житель этого не увидит."
          value={reason}
          onValue={setReason}
          maxLength={500}
          rows={3}
        />
        <Submit>Записать решение</Submit>
      </Form>
      {confirmed.codeForm}
    </section>
  );
}
