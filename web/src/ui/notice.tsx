// A notice as its reader sees it: on «Уведомления», and at the desk before it is published.
import type { ComponentChildren } from "preact";
import { time } from "../format";
import { Paragraphs } from "./consent";
import "./notice.css";

export interface NoticeContent {
  kind: "common" | "emergency" | "planned";
  title: string;
  text: string;
  published_at: string;
  valid_from: string | null;
  valid_until: string | null;
  ended_at: string | null;
}

const KINDS: Partial<Record<NoticeContent["kind"], { title: string; tone: string }>> = {
  emergency: { title: "Авария", tone: "tag-bad" },
  planned: { title: "Плановые работы", tone: "tag-wait" },
};

/** Marked as ended, or past its time. */
const isOver = (notice: NoticeContent): boolean =>
  Boolean(notice.ended_at) || Boolean(notice.valid_until && Date.parse(notice.valid_until) <= Date.now());

/** «С 26.11.2026, 10:00 до 26.11.2026, 18:00»; empty when no term was given. */
function termText(notice: NoticeContent): string {
  const words = [
    notice.valid_from && `с ${time(notice.valid_from)}`,
    notice.valid_until && `до ${time(notice.valid_until)}`,
  ]
    .filter(Boolean)
    .join(" ");
  return words && words.charAt(0).toUpperCase() + words.slice(1);
}

export function NoticeCard(props: {
  notice: NoticeContent;
  isNew: boolean;
  open?: boolean;
  onOpen?: () => void;
  children?: ComponentChildren;
}) {
  const { notice, isNew } = props;
  return (
    <details
      class={`card notice ${isNew ? "notice-new" : ""}`}
      open={props.open}
      onToggle={(event) => event.currentTarget.open && props.onOpen?.()}
    >
      <summary>
        <span class="notice-title">{notice.title}</span>
        <KindTags notice={notice} />
        {isNew && <span class="tag tag-new">Новое</span>}
        <span class="muted notice-time">{time(notice.published_at)}</span>
      </summary>
      {props.children}
      {termText(notice) && (
        <p>
          <strong>{termText(notice)}</strong>
        </p>
      )}
      <Paragraphs text={notice.text} />
      {notice.ended_at && <p class="muted">Завершено {time(notice.ended_at)}</p>}
    </details>
  );
}

function KindTags({ notice }: { notice: NoticeContent }) {
  const kind = KINDS[notice.kind];
  const over = isOver(notice);
  return (
    <>
      {kind && <span class={`tag ${over ? "" : kind.tone}`}>{kind.title}</span>}
      {over && <span class="tag tag-good">Завершено</span>}
    </>
  );
}
