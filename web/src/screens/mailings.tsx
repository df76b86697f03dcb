// «Рассылка уведомлений»: which e-mails are sent about which account.
import { Fragment } from "preact";
import { useState } from "preact/hooks";
import type { Binding, Mailings } from "../api/types";
import { Empty } from "../ui/feedback";
import { Cell, Row, Table } from "../ui/table";
import "./mailings.css";

export const MAILING_KINDS: [keyof Mailings, string][] = [
  ["receipts", "Квитанции"],
  ["reminders", "Напоминания о показаниях и оплате"],
  ["notices", "Уведомления организации"],
];

interface Props {
  bindings: Binding[];
  /** Account → what was chosen and is not saved yet. */
  changed: Record<string, Mailings>;
  onChange: (accountId: string, wanted: Mailings) => void;
}

export function MailingsTable({ bindings, changed, onChange }: Props) {
  const [unfolded, setUnfolded] = useState<string | null>(null);
  if (bindings.length === 0) return <Empty>Привяжите лицевой счет, чтобы настроить рассылку.</Empty>;
  return (
    <Table
      caption="Рассылка уведомлений"
      hideCaption
      class="table-beside"
      columns={["Лицевой счет", "Адрес", "Детали"].map((title) => ({ title }))}
    >
      {bindings.map((binding) => {
        const id = binding.account_id;
        const open = unfolded === id;
        const wanted = changed[id] ?? binding.mailings;
        return (
          <Fragment key={id}>
            <Row>
              <Cell column="Лицевой счет" head>
                {binding.number}
              </Cell>
              <Cell column="Адрес" class="cell-stack">
                {binding.address}
              </Cell>
              <Cell column="Детали" class="cell-action">
                <button
                  type="button"
                  class="button button-quiet"
                  aria-expanded={open}
                  onClick={() => setUnfolded(open ? null : id)}
                >
                  {open ? "Скрыть" : "Показать"}
                  <span class="sr-only"> рассылку, лицевой счет {binding.number}</span>
                </button>
              </Cell>
            </Row>
            {open && (
              <tr role="row" class="row-unfolded">
                <td role="cell" colSpan={3}>
                  {MAILING_KINDS.map(([kind, title]) => (
                    <div class="check" key={kind}>
                      <input
                        type="checkbox"
                        id={`mailing-${binding.number}-${kind}`}
                        checked={wanted[kind]}
                        onChange={(event) => onChange(id, { ...wanted, [kind]: event.currentTarget.checked })}
                      />
                      <label for={`mailing-${binding.number}-${kind}`}>{title}</label>
                    </div>
                  ))}
                </td>
              </tr>
            )}
          </Fragment>
        );
      })}
    </Table>
  );
}
