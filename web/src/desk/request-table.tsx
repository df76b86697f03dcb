// A table of requests, one line each.
import { date as day, time } from "../format";
import { Cell, Row } from "../ui/table";
import { ListTable } from "./lists";
import { requestPath } from "./routes";
import { useSupplierNames } from "./suppliers";
import type { RequestLine } from "./types";
import { STATUSES } from "./labels";

const COLUMNS = ["Заявка", "Ответить до", "Состояние", "Взял", "Отправлена", "Организация"].map((title) => ({
  title,
}));

export function RequestTable({ caption, items }: { caption: string; items: RequestLine[] }) {
  const nameOf = useSupplierNames();
  return (
    <ListTable caption={caption} columns={COLUMNS}>
      {items.map((item) => (
        <Row key={item.request_id} class={item.is_overdue ? "overdue" : ""}>
          <Cell column="Заявка" head>
            <a href={requestPath(item.request_id)}>
              {item.kind_title} № {item.number}
            </a>
            {item.service_title && <span class="muted">: {item.service_title}</span>}
          </Cell>
          <Cell column="Ответить до">
            {item.answer_by ? day(item.answer_by) : ""}
            {item.is_overdue && <strong class="late"> просрочена</strong>}
          </Cell>
          <Cell column="Состояние">
            {STATUSES[item.status]}
            {item.awaits_staff && item.status !== "new" ? " · житель написал" : ""}
          </Cell>
          <Cell column="Взял">{item.assigned_name || "никто"}</Cell>
          <Cell column="Отправлена">{time(item.created_at)}</Cell>
          <Cell column="Организация">{nameOf(item.supplier_id)}</Cell>
        </Row>
      ))}
    </ListTable>
  );
}
