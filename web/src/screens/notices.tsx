// «Уведомления»: what the organisation has published; opened ones count as read.
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { Problem } from "../api/problem";
import { refresh, usePages } from "../api/query";
import type { Notice } from "../api/types";
import { time } from "../format";
import { Paragraphs } from "../ui/consent";
import { Empty, Loaded, Note } from "../ui/feedback";
import { More } from "../ui/more";
import { Page } from "../ui/page";

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
  return words && words[0]?.toUpperCase() + words.slice(1);
}

export function NoticesScreen() {
  const query = usePages<Notice>("notices", (cursor) =>
    ask(api.GET("/api/notices", { params: { query: cursor ? { cursor } : {} } })),
  );
  const [failed, setFailed] = useState<string | null>(null);
  const page = query.data;
  const mark = (call: Promise<unknown>, isRead: (notice: Notice) => boolean) => {
    setFailed(null);
    call.then(
      () => {
        if (page)
          query.put({
            ...page,
            items: page.items.map((one) => (isRead(one) ? { ...one, read: true } : one)),
          });
        refresh("profile");
      },
      (reason: unknown) =>
        setFailed(reason instanceof Problem ? reason.message : "Не получилось. Повторите попытку."),
    );
  };
  const open = (notice: Notice) => {
    if (notice.read) return;
    const path = { notice_id: notice.notice_id };
    mark(
      ask(api.POST("/api/notices/{notice_id}/read", { params: { path } })),
      (one) => one.notice_id === notice.notice_id,
    );
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
                  onClick={() => mark(ask(api.POST("/api/notices/read-all")), () => true)}
                >
                  Отметить все прочитанными
                </button>
              </p>
            )}
            {failed && (
              <Note tone="bad" live>
                <p>{failed}</p>
              </Note>
            )}
            {items.length === 0 && <Empty>Уведомлений пока нет.</Empty>}
            {items.map((notice) => (
              <details
                key={notice.notice_id}
                class={`card notice ${notice.read ? "" : "notice-new"}`}
                onToggle={(event) => event.currentTarget.open && open(notice)}
              >
                <summary>
                  <span class="notice-title">{notice.title}</span>
                  <Kind notice={notice} />
                  {!notice.read && <span class="tag tag-new">Новое</span>}
                  <span class="muted notice-time">{time(notice.published_at)}</span>
                </summary>
                {term(notice) && (
                  <p>
                    <strong>{term(notice)}</strong>
                  </p>
                )}
                <Paragraphs text={notice.text} />
                {notice.ended_at && <p class="muted">Завершено {time(notice.ended_at)}</p>}
              </details>
            ))}
            <More pages={query} />
          </>
        )}
      </Loaded>
    </Page>
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
