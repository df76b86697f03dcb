// «Уведомления»: what was published for a supplier's accounts, newest first.
import { useLocation } from "preact-iso";
import { api, unwrap } from "../api/client";
import { usePages } from "../api/query";
import { time } from "../format";
import { Empty, Loaded } from "../ui/feedback";
import { Cell, Row } from "../ui/table";
import { Screen } from "./frame";
import { ListTable, PagedList } from "./lists";
import { DESK, noticePath } from "./routes";
import { chosenSupplier, SupplierChoice, useSuppliers } from "./suppliers";
import type { DeskNotice } from "./types";
import { NOTICE_KINDS } from "./words";

const COLUMNS = [
  { title: "Уведомление" },
  { title: "Вид" },
  { title: "Где" },
  { title: "Опубликовано" },
  { title: "Получателей", number: true },
  { title: "Состояние" },
];

export function NoticeList() {
  const { query } = useLocation();
  const suppliers = useSuppliers("notices");
  const supplier = chosenSupplier(suppliers.data, query.supplier_id);
  const pages = usePages<DeskNotice>(supplier ? `notices:${supplier}` : null, (cursor) =>
    unwrap(
      api.GET("/api/staff/notices", {
        params: { query: { supplier_id: supplier, ...(cursor ? { cursor } : {}) } },
      }),
    ),
  );
  return (
    <Screen title="Уведомления">
      <Loaded query={suppliers}>
        {(items) =>
          items.length === 0 ? (
            <Empty>Ни одна из ваших организаций не публикует уведомления.</Empty>
          ) : (
            <>
              <div class="filters">
                <SupplierChoice suppliers={items} value={supplier} />
                <a
                  class="button button-main"
                  href={`${DESK.newNotice}?supplier_id=${encodeURIComponent(supplier)}`}
                >
                  Новое уведомление
                </a>
              </div>
              <PagedList
                pages={pages}
                none="Уведомлений ещё не было."
                lines={(notices) => <NoticeTable notices={notices} />}
              />
            </>
          )
        }
      </Loaded>
    </Screen>
  );
}

function NoticeTable({ notices }: { notices: DeskNotice[] }) {
  return (
    <ListTable caption="Уведомления" columns={COLUMNS}>
      {notices.map((notice) => (
        <Row key={notice.notice_id}>
          <Cell of="Уведомление" head>
            <a href={noticePath(notice.notice_id)}>{notice.title}</a>
          </Cell>
          <Cell of="Вид">{NOTICE_KINDS[notice.kind]}</Cell>
          <Cell of="Где">{notice.where}</Cell>
          <Cell of="Опубликовано">{time(notice.published_at)}</Cell>
          <Cell of="Получателей" number>
            {notice.recipients || "—"}
          </Cell>
          <Cell of="Состояние">{notice.is_over ? "завершено" : "действует"}</Cell>
        </Row>
      ))}
    </ListTable>
  );
}
