// A table of requests, one line each; arrows move between the lines, Enter opens one.
import { Cell, Row, Table } from "../ui/table";
import { date as day, time } from "../format";
import { requestPath } from "./routes";
import type { RequestLine } from "./types";
import { STATUSES } from "./words";

const COLUMNS = ["Заявка", "Ответить до", "Состояние", "Взял", "Отправлена", "Организация"].map((title) => ({
  title,
}));

/** Moves the focus to the next or former line's link. */
export function moveBetweenLines(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !(event.currentTarget instanceof HTMLElement)) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>("a[data-line]")];
  const here = links.indexOf(document.activeElement as HTMLElement);
  if (here < 0) return;
  event.preventDefault();
  links[here + step]?.focus();
}

export function RequestTable({ caption, items }: { caption: string; items: RequestLine[] }) {
  return (
    <div onKeyDown={moveBetweenLines}>
      <Table caption={caption} hideCaption columns={COLUMNS} class="desk-table">
        {items.map((item) => (
          <Row key={item.request_id} class={item.is_overdue ? "overdue" : ""}>
            <Cell of="Заявка" head>
              <a href={requestPath(item.request_id)} data-line>
                {item.kind_title} № {item.number}
              </a>
              {item.service_title && <span class="muted">: {item.service_title}</span>}
            </Cell>
            <Cell of="Ответить до">
              {item.answer_by ? day(item.answer_by) : ""}
              {item.is_overdue && <strong class="late"> просрочена</strong>}
            </Cell>
            <Cell of="Состояние">
              {STATUSES[item.status]}
              {item.awaits_staff && item.status !== "new" ? " · житель написал" : ""}
            </Cell>
            <Cell of="Взял">{item.assigned_name || "никто"}</Cell>
            <Cell of="Отправлена">{time(item.created_at)}</Cell>
            <Cell of="Организация">{item.supplier_id}</Cell>
          </Row>
        ))}
      </Table>
    </div>
  );
}
