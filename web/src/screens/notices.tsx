// «Уведомления»: what the organisation has published; opened ones count as read.
import { useChange } from "../api/change";
import { api, ask } from "../api/client";
import { refresh, usePages } from "../api/query";
import type { Notice } from "../api/types";
import { time } from "../format";
import { Paragraphs } from "../ui/consent";
import { Empty, Failure, Loaded } from "../ui/feedback";
import { More } from "../ui/more";
import { Page } from "../ui/page";
import "./notices.css";

const KINDS: Partial<Record<Notice["kind"], { title: string; tone: string }>> = {
  emergency: { title: "Авария", tone: "tag-bad" },
  planned: { title: "Плановые работы", tone: "tag-wait" },
};

/** Told to be over, or its time has passed. */
const isOver = (notice: Notice): boolean =>
  Boolean(notice.ended_at) || Boolean(notice.valid_until && Date.parse(notice.valid_until) <= Date.now());

/** «С 26.11.2026, 10:00 до 26.11.2026, 18:00»; empty when no term was given. */
function term(notice: Notice): string {
  const words = [
    notice.valid_from && `с ${time(notice.valid_from)}`,
    notice.valid_until && `до ${time(notice.valid_until)}`,
  ]
    .filter(Boolean)
    .join(" ");
  return words && words.charAt(0).toUpperCase() + words.slice(1);
}

export function NoticesScreen() {
  const query = usePages<Notice>("notices", (cursor) =>
    ask(api.GET("/api/notices", { params: { query: cursor ? { cursor } : {} } })),
  );
  const marking = useChange();
  const showRead = (isRead: (notice: Notice) => boolean) => {
    query.update((page) => ({
      ...page,
      items: page.items.map((one) => (isRead(one) ? { ...one, read: true } : one)),
    }));
    refresh("home");
  };
  const readAll = async () => {
    await ask(api.POST("/api/notices/read-all"));
    showRead(() => true);
  };
  return (
    <Page title="Уведомления">
      <Loaded query={query}>
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
              <NoticeCard
                key={notice.notice_id}
                notice={notice}
                onRead={() => showRead((one) => one.notice_id === notice.notice_id)}
              />
            ))}
            <More pages={query} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function NoticeCard({ notice, onRead }: { notice: Notice; onRead: () => void }) {
  const reading = useChange();
  const read = async () => {
    await ask(
      api.POST("/api/notices/{notice_id}/read", { params: { path: { notice_id: notice.notice_id } } }),
    );
    onRead();
  };
  return (
    <details
      class={`card notice ${notice.read ? "" : "notice-new"}`}
      onToggle={(event) => event.currentTarget.open && !notice.read && reading.run(read)}
    >
      <summary>
        <span class="notice-title">{notice.title}</span>
        <Kind notice={notice} />
        {!notice.read && <span class="tag tag-new">Новое</span>}
        <span class="muted notice-time">{time(notice.published_at)}</span>
      </summary>
      {reading.problem && <Failure problem={reading.problem} />}
      {term(notice) && (
        <p>
          <strong>{term(notice)}</strong>
        </p>
      )}
      <Paragraphs text={notice.text} />
      {notice.ended_at && <p class="muted">Завершено {time(notice.ended_at)}</p>}
    </details>
  );
}

function Kind({ notice }: { notice: Notice }) {
  const kind = KINDS[notice.kind];
  const over = isOver(notice);
  return (
    <>
      {kind && <span class={`tag ${over ? "" : kind.tone}`}>{kind.title}</span>}
      {over && <span class="tag tag-good">Завершено</span>}
    </>
  );
}
