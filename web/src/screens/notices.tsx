// «Уведомления»: what the organisation has published; opened ones count as read.
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { refresh, usePages } from "../api/query";
import type { Notice } from "../api/types";
import { Empty, Failure, QueryView } from "../ui/feedback";
import { LoadMore } from "../ui/load-more";
import { NoticeCard } from "../ui/notice";
import { Page } from "../ui/page";

export function NoticesScreen() {
  const query = usePages<Notice>("notices", (cursor) =>
    unwrap(api.GET("/api/notices", { params: { query: cursor ? { cursor } : {} } })),
  );
  const marking = useChange();
  const showRead = (isRead: (notice: Notice) => boolean) => {
    query.updateData((page) => ({
      ...page,
      items: page.items.map((one) => (isRead(one) ? { ...one, read: true } : one)),
    }));
    refresh("home");
  };
  const readAll = async () => {
    await unwrap(api.POST("/api/notices/read-all"));
    showRead(() => true);
  };
  return (
    <Page title="Уведомления">
      <QueryView query={query}>
        {({ items }) => (
          <>
            {items.some((notice) => !notice.read) && (
              <p>
                <button
                  type="button"
                  class="button button-second"
                  aria-disabled={marking.busy}
                  onClick={() => marking.run(readAll)}
                >
                  Отметить все прочитанными
                </button>
              </p>
            )}
            {marking.problem && <Failure problem={marking.problem} />}
            {items.length === 0 && <Empty>Уведомлений пока нет.</Empty>}
            {items.map((notice) => (
              <ReadingCard
                key={notice.notice_id}
                notice={notice}
                onRead={() => showRead((one) => one.notice_id === notice.notice_id)}
              />
            ))}
            <LoadMore pages={query} />
          </>
        )}
      </QueryView>
    </Page>
  );
}

function ReadingCard({ notice, onRead }: { notice: Notice; onRead: () => void }) {
  const reading = useChange();
  const read = async () => {
    await unwrap(
      api.POST("/api/notices/{notice_id}/read", { params: { path: { notice_id: notice.notice_id } } }),
    );
    onRead();
  };
  return (
    <NoticeCard notice={notice} isNew={!notice.read} onOpen={() => !notice.read && reading.run(read)}>
      {reading.problem && <Failure problem={reading.problem} />}
    </NoticeCard>
  );
}
