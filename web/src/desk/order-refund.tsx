// Money back: the form for a sum or for chosen lines, and the requests that another person approves.
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { clearIdempotencyKey, idempotencyKey } from "../api/idempotency";
import { refresh } from "../api/query";
import { amount, rubles, time, typedKopecks } from "../format";
import { InlineFailure, Note } from "../ui/feedback";
import { Field, TextArea } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { useConfirmedChange, useConfirmedForm } from "./code-confirmation";
import { APPROVAL_STATES } from "./order-labels";
import { FilterSelect } from "../ui/filter-select";
import { useDesk } from "./session-context";
import type { Approval, Order } from "./types";

interface OrderProps {
  order: Order;
  onChanged: (order: Order) => void;
}

function changed(order: Order, onChanged: (order: Order) => void): void {
  refresh("orders:");
  refresh("today:");
  onChanged(order);
}

/** What a refund is of. */
type Kind = "sum" | "lines" | "all" | "surplus";

export function RefundForm({ order, onChanged }: OrderProps) {
  const [open, setOpen] = useState(false);
  if (order.refundable === 0 && order.surplus === 0) return null;
  if (!order.can_refund) {
    return (
      <Note tone="info">
        <p>По этому договору банк возвращает деньги только по письму в банк.</p>
      </Note>
    );
  }
  if (!open) {
    return (
      <p>
        <button type="button" class="button button-second" onClick={() => setOpen(true)}>
          Вернуть деньги
        </button>
      </p>
    );
  }
  return (
    <OpenRefundForm
      order={order}
      onCancel={() => setOpen(false)}
      onChanged={(next) => {
        setOpen(false);
        changed(next, onChanged);
      }}
    />
  );
}

function OpenRefundForm({ order, onChanged, onCancel }: OrderProps & { onCancel: () => void }) {
  const form = useForm("refund", (field) => (field.startsWith("lines") ? "lines" : field));
  const confirmed = useConfirmedForm(form);
  const [kind, setKind] = useState<Kind>(order.refundable > 0 ? "sum" : "surplus");
  const [sum, setSum] = useState("");
  const [lines, setLines] = useState<Record<number, string>>({});
  const [reason, setReason] = useState("");
  const chosen = Object.entries(lines)
    .filter(([, text]) => text.trim() !== "")
    .map(([position, text]) => ({ position: Number(position), amount: typedKopecks(text) ?? 0 }));
  const total =
    kind === "sum"
      ? (typedKopecks(sum) ?? 0)
      : kind === "lines"
        ? chosen.reduce((all, line) => all + line.amount, 0)
        : kind === "all"
          ? order.refundable
          : order.surplus;
  const send = confirmed.wrap(async () => {
    const body = {
      reason: reason.trim(),
      ...(kind === "sum" ? { amount: total } : {}),
      ...(kind === "lines" ? { lines: chosen } : { lines: [] }),
      surplus: kind === "surplus",
    };
    const name = `refund-${order.order_id}`;
    const answer = await unwrap(
      api.POST("/api/staff/orders/{order_id}/refunds", {
        params: {
          path: { order_id: order.order_id },
          header: { "Idempotency-Key": idempotencyKey(name, body) },
        },
        body,
      }),
    );
    clearIdempotencyKey(name);
    onChanged(answer);
  });
  const kinds: [Kind, string][] = [
    ...(order.refundable > 0
      ? ([
          ["sum", "часть суммы"],
          ["lines", "по строкам"],
          ["all", `всё: ${rubles(order.refundable)}`],
        ] as [Kind, string][])
      : []),
    ...(order.surplus > 0 ? ([["surplus", `лишнее: ${rubles(order.surplus)}`]] as [Kind, string][]) : []),
  ];
  return (
    <section class="card" aria-labelledby="refund">
      <h2 id="refund">Возврат</h2>
      <Form
        form={form}
        label="Возврат"
        check={() => ({
          amount: kind === "sum" && total === 0 && "Напишите сумму в рублях, например 100,00",
          lines:
            kind === "lines" &&
            (chosen.length === 0 || chosen.some((line) => line.amount === 0)) &&
            "Напишите у строк, сколько вернуть, в рублях",
          reason: !reason.trim() && "Напишите причину: её прочитает житель",
        })}
        act={send}
      >
        <FilterSelect
          label="Что вернуть"
          value={kind}
          options={kinds}
          onValue={(value) => setKind(value as Kind)}
        />
        {kind === "sum" && (
          <Field
            name="amount"
            label="Сумма возврата"
            hint={`Не больше ${rubles(order.refundable)}.`}
            inputMode="decimal"
            autoComplete="off"
            value={sum}
            onValue={setSum}
          />
        )}
        {kind === "lines" &&
          order.items
            .filter((item) => item.left > 0)
            .map((item, index) => (
              <Field
                key={item.position}
                name={index === 0 ? "lines" : `lines${item.position}`}
                label={`${item.position + 1}. ${item.service}`}
                hint={`Осталось ${rubles(item.left)}.`}
                inputMode="decimal"
                autoComplete="off"
                value={lines[item.position] ?? ""}
                onValue={(value) => setLines({ ...lines, [item.position]: value })}
              />
            ))}
        <TextArea
          name="reason"
          label="Причина"
          hint="Житель прочитает её в письме и на странице заказа."
          value={reason}
          onValue={setReason}
          maxLength={500}
          rows={3}
        />
        <div class="actions">
          <Submit class="button-danger" busy="Возвращаем…">
            {total > 0 ? `Вернуть ${rubles(total)}` : "Вернуть"}
          </Submit>
          <button type="button" class="button button-second" onClick={onCancel}>
            Отмена
          </button>
        </div>
      </Form>
      {confirmed.codeForm}
    </section>
  );
}

export function Approvals({ order, onChanged }: OrderProps) {
  if (order.approvals.length === 0) return null;
  return (
    <section class="stack" aria-labelledby="approvals">
      <h2 id="approvals">Одобрение возвратов</h2>
      {order.approvals.map((approval) => (
        <ApprovalCard key={approval.refund_id} approval={approval} order={order} onChanged={onChanged} />
      ))}
    </section>
  );
}

function ApprovalCard({ approval, order, onChanged }: OrderProps & { approval: Approval }) {
  const { me } = useDesk();
  const change = useConfirmedChange();
  const path = { order_id: order.order_id, refund_id: approval.refund_id };
  const mine = approval.requested_by === me.staff_id;
  const approve = async () =>
    changed(
      await unwrap(
        api.POST("/api/staff/orders/{order_id}/refunds/{refund_id}/approve", { params: { path } }),
      ),
      onChanged,
    );
  return (
    <article class="card stack">
      <p>
        <strong>{rubles(approval.amount)}</strong>
        {approval.positions.length > 0 &&
          `, строки ${approval.positions.map((position) => position + 1).join(", ")}`}
        : {approval.reason}
      </p>
      <p class="muted">
        {approval.requested_name}, {time(approval.at)} · {APPROVAL_STATES[approval.state]}
        {approval.state === "waiting" && ` до ${time(approval.valid_until)}`}
        {approval.decided_name && `: ${approval.decided_name}`}
        {approval.note && `, ${approval.note}`}
      </p>
      {approval.state === "waiting" && (
        <>
          {mine && <p>Свой возврат одобрить нельзя: его одобряет другой сотрудник.</p>}
          <div class="actions">
            {!mine && (
              <button
                type="button"
                class="button button-main"
                aria-disabled={change.busy}
                onClick={() => change.run(approve)}
              >
                {change.busy ? "Возвращаем…" : `Одобрить возврат ${amount(approval.amount)}`}
              </button>
            )}
            <Rejection mine={mine} approval={approval} order={order} onChanged={onChanged} />
          </div>
          {change.problem && <InlineFailure problem={change.problem} />}
          {change.codeForm}
        </>
      )}
    </article>
  );
}

function Rejection({ approval, order, onChanged, mine }: OrderProps & { approval: Approval; mine: boolean }) {
  const form = useForm(`reject-${approval.refund_id}`);
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const title = mine ? "Отозвать" : "Отклонить";
  if (!open) {
    return (
      <button type="button" class="button button-second" onClick={() => setOpen(true)}>
        {title}
      </button>
    );
  }
  return (
    <Form
      form={form}
      label={title}
      check={() => ({ reason: !reason.trim() && "Напишите почему" })}
      act={async () =>
        changed(
          await unwrap(
            api.POST("/api/staff/orders/{order_id}/refunds/{refund_id}/reject", {
              params: { path: { order_id: order.order_id, refund_id: approval.refund_id } },
              body: { reason: reason.trim() },
            }),
          ),
          onChanged,
        )
      }
    >
      <Field name="reason" label="Почему" value={reason} onValue={setReason} maxLength={500} />
      <Submit>{title}</Submit>
    </Form>
  );
}
