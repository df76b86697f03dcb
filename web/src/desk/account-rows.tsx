// One wrong row of a registry: an account's receipts, payments and meters, each removed with a reason.
import { useLocation, useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import { date as day, rubles } from "../format";
import { Empty, QueryView, Note } from "../ui/feedback";
import { Field, TextArea } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { Cell, Row } from "../ui/table";
import { Screen } from "./layout";
import { ListTable } from "./lists";
import { DESK, rowsPath } from "./routes";
import type { AccountRows } from "./types";

type RowKind = "receipts" | "payments" | "meters";

interface AccountRow {
  kind: RowKind;
  id: string;
  title: string;
  details: string;
  isRemovable: boolean;
}

/** The way in: an account of this supplier by its number. */
export function FindRows({ supplierId }: { supplierId: string }) {
  const { route } = useLocation();
  const form = useForm("rows");
  const [number, setNumber] = useState("");
  return (
    <section class="card stack" role="search" aria-labelledby="one-row">
      <h2 id="one-row">Исправить одну строку</h2>
      <Form
        form={form}
        label="Исправить одну строку"
        check={() => ({ number: !number.trim() && "Введите номер лицевого счёта" })}
        act={() => {
          route(rowsPath(`${supplierId}:${number.trim()}`));
          return Promise.resolve();
        }}
      >
        <Field
          name="number"
          label="Номер лицевого счёта"
          hint="Покажем его квитанции, оплаты и приборы: неверное можно убрать, не отменяя весь реестр."
          autoComplete="off"
          value={number}
          onValue={setNumber}
        />
        <Submit>Показать</Submit>
      </Form>
    </section>
  );
}

export function AccountRowsScreen() {
  const id = decodeURIComponent(useRoute().params.account_id ?? "");
  const rows = useQuery<AccountRows>(`rows:${id}`, () =>
    unwrap(api.GET("/api/staff/accounts/{account_id}/rows", { params: { path: { account_id: id } } })),
  );
  const [chosen, setChosen] = useState<AccountRow | null>(null);
  const [removed, setRemoved] = useState<AccountRow | null>(null);
  return (
    <Screen title={`Строки счёта ${id.split(":")[1] ?? id}`}>
      <p>
        <a href={DESK.registries}>К реестрам</a>
      </p>
      <Note tone="info">
        <p>Житель увидит в «Безопасности», что сотрудник смотрел или исправил данные счёта.</p>
      </Note>
      {removed && (
        <Note tone="good" live>
          <p>Убрано: {removed.title}. Если строка придёт в новом реестре, она появится снова.</p>
        </Note>
      )}
      <QueryView query={rows}>
        {(found) => (
          <>
            {chosen && (
              <Removal
                key={`${chosen.kind}${chosen.id}`}
                accountId={id}
                line={chosen}
                onCancel={() => setChosen(null)}
                onDone={() => {
                  setRemoved(chosen);
                  setChosen(null);
                  rows.reload();
                }}
              />
            )}
            <RowTable title="Квитанции" lines={receipts(found)} onChosen={setChosen} />
            <RowTable title="Оплаты" lines={payments(found)} onChosen={setChosen} />
            <RowTable title="Приборы учёта" lines={meters(found)} onChosen={setChosen} />
          </>
        )}
      </QueryView>
    </Screen>
  );
}

const receipts = (found: AccountRows): AccountRow[] =>
  found.receipts.map((each) => ({
    kind: "receipts",
    id: each.receipt_id,
    title: each.title,
    details: each.issued_on ? `от ${day(each.issued_on)}` : "",
    isRemovable: true,
  }));

const payments = (found: AccountRows): AccountRow[] =>
  found.payments.map((each) => ({
    kind: "payments",
    id: each.payment_id,
    title: `${rubles(each.amount)} от ${day(each.received_on)}`,
    details: each.is_removable ? each.kind : `${each.kind}: через кабинет, убрать нельзя`,
    isRemovable: each.is_removable,
  }));

const meters = (found: AccountRows): AccountRow[] =>
  found.meters.map((each) => ({
    kind: "meters",
    id: each.meter_id,
    title: `${each.service} № ${each.number}`,
    details: each.place,
    isRemovable: true,
  }));

const COLUMNS = ["Строка", "Подробности", "Действия"].map((title) => ({ title }));

function RowTable(props: { title: string; lines: AccountRow[]; onChosen: (line: AccountRow) => void }) {
  const { title, lines } = props;
  return (
    <section class="stack" aria-label={title}>
      <h2>{title}</h2>
      {lines.length === 0 && <Empty>Нет.</Empty>}
      {lines.length > 0 && (
        <ListTable caption={title} columns={COLUMNS}>
          {lines.map((line) => (
            <Row key={line.id}>
              <Cell column="Строка" head>
                {line.title}
              </Cell>
              <Cell column="Подробности">{line.details}</Cell>
              <Cell column="Действия">
                {line.isRemovable ? (
                  <button type="button" class="button button-quiet" onClick={() => props.onChosen(line)}>
                    Убрать<span class="sr-only">: {line.title}</span>
                  </button>
                ) : (
                  ""
                )}
              </Cell>
            </Row>
          ))}
        </ListTable>
      )}
    </section>
  );
}

function Removal(props: { accountId: string; line: AccountRow; onDone: () => void; onCancel: () => void }) {
  const { accountId, line } = props;
  const form = useForm("removal");
  const [reason, setReason] = useState("");
  const remove = async () => {
    const body = { reason: reason.trim() };
    const account_id = accountId;
    if (line.kind === "receipts") {
      const path = { account_id, receipt_id: line.id };
      await unwrap(
        api.POST("/api/staff/accounts/{account_id}/receipts/{receipt_id}/void", { params: { path }, body }),
      );
    } else if (line.kind === "payments") {
      const path = { account_id, payment_id: line.id };
      await unwrap(
        api.POST("/api/staff/accounts/{account_id}/payments/{payment_id}/void", { params: { path }, body }),
      );
    } else {
      const path = { account_id, meter_id: line.id };
      await unwrap(
        api.POST("/api/staff/accounts/{account_id}/meters/{meter_id}/void", { params: { path }, body }),
      );
    }
    props.onDone();
  };
  return (
    <section class="card stack" aria-labelledby="removal">
      <h2 id="removal">Убрать: {line.title}</h2>
      {line.kind === "receipts" && <p>Последней станет предыдущая квитанция этого вида, если она есть.</p>}
      <Form
        form={form}
        label="Убрать строку"
        check={() => ({ reason: !reason.trim() && "Напишите, почему" })}
        act={remove}
      >
        <TextArea
          name="reason"
          label="Причина"
          hint="Останется в журнале."
          rows={2}
          maxLength={500}
          value={reason}
          onValue={setReason}
        />
        <div class="actions">
          <Submit>Убрать строку</Submit>
          <button type="button" class="button button-second" onClick={props.onCancel}>
            Отмена
          </button>
        </div>
      </Form>
    </section>
  );
}
