// «Уведомления»: what was published for a supplier's accounts, newest first.
import { useLocation } from "preact-iso";
import { api, unwrap } from "../api/client";
import { usePages } from "../api/query";
import { time } from "../format";
import { Empty, QueryView } from "../ui/feedback";
import { Cell, Row } from "../ui/table";
import { Screen } from "./layout";
import { ListTable, PagedList } from "./lists";
import { DESK, noticePath } from "./routes";
import { chosenSupplier, SupplierChoice, useSuppliers } from "./suppliers";
import type { DeskNotice } from "./types";
import { NOTICE_KINDS, recipientsCount } from "./labels";

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
      <QueryView query={suppliers}>
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
      </QueryView>
    </Screen>
  );
}

function NoticeTable({ notices }: { notices: DeskNotice[] }) {
  return (
    <ListTable caption="Уведомления" columns={COLUMNS}>
      {notices.map((notice) => (
        <Row key={notice.notice_id}>
          <Cell column="Уведомление" head>
            <a href={noticePath(notice.notice_id)}>{notice.title}</a>
          </Cell>
          <Cell column="Вид">{NOTICE_KINDS[notice.kind]}</Cell>
          <Cell column="Где">{notice.where}</Cell>
          <Cell column="Опубликовано">{time(notice.published_at)}</Cell>
          <Cell column="Получателей" number>
            {recipientsCount(notice) ?? "—"}
          </Cell>
          <Cell column="Состояние">{notice.is_over ? "завершено" : "действует"}</Cell>
        </Row>
      ))}
    </ListTable>
  );
}
