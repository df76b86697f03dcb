// One notice: as its reader sees it, where it hangs, and its end.
import { useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, ask } from "../api/client";
import { refresh, useQuery } from "../api/query";
import { time } from "../format";
import { InlineFailure, Loaded, Note } from "../ui/feedback";
import { NoticeCard } from "../ui/notice";
import { Screen } from "./frame";
import { DESK } from "./routes";
import type { DeskNotice } from "./types";
import { NOTICE_KINDS } from "./words";

export function NoticeScreen() {
  const id = decodeURIComponent(useRoute().params.notice_id ?? "");
  const path = { notice_id: id };
  const found = useQuery<DeskNotice>(`notice:${id}`, () =>
    ask(api.GET("/api/staff/notices/{notice_id}", { params: { path } })),
  );
  return (
    <Loaded query={found}>
      {(notice) => (
        <Screen title={notice.title}>
          <dl class="facts card">
            <Fact name="Вид" value={NOTICE_KINDS[notice.kind]} />
            <Fact name="Где" value={notice.where} />
            <Fact name="Опубликовано" value={time(notice.published_at)} />
            <Fact name="Получателей" value={notice.recipients ? String(notice.recipients) : "не считали"} />
            <Fact name="Письма" value={notice.is_mailed ? "отправляются" : "без писем"} />
            <Fact name="Завершено" value={notice.ended_at && time(notice.ended_at)} />
          </dl>
          <section class="stack" aria-labelledby="as-read">
            <h2 id="as-read">Так видит житель</h2>
            <NoticeCard isNew={false} open notice={notice} />
          </section>
          {!notice.is_over && <End notice={notice} onEnded={found.put} />}
          <p>
            <a href={DESK.notices}>Ко всем уведомлениям</a>
          </p>
        </Screen>
      )}
    </Loaded>
  );
}

function Fact({ name, value }: { name: string; value: string | null }) {
  return value ? (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  ) : null;
}

/** Asked twice: what was ended is not begun again. */
function End({ notice, onEnded }: { notice: DeskNotice; onEnded: (ended: DeskNotice) => void }) {
  const ending = useChange();
  const [sure, setSure] = useState(false);
  const isEmergency = notice.kind === "emergency";
  const verb = isEmergency ? "Устранено" : "Завершить";
  const end = async () => {
    const path = { notice_id: notice.notice_id };
    onEnded(await ask(api.POST("/api/staff/notices/{notice_id}/end", { params: { path } })));
    refresh("notices:");
  };
  if (!sure)
    return (
      <p>
        <button type="button" class="button" onClick={() => setSure(true)}>
          {verb}
        </button>
      </p>
    );
  return (
    <Note tone="warn" live>
      <p>
        {isEmergency
          ? "Авария исчезнет со страниц кабинета, и все, кому о ней писали, получат письмо, что она устранена."
          : "Уведомление останется у жителей с пометкой «Завершено»."}
      </p>
      <div class="actions">
        <button type="button" class="button" aria-disabled={ending.busy} onClick={() => ending.run(end)}>
          {isEmergency ? "Да, устранено" : "Да, завершить"}
        </button>
        <button type="button" class="button button-second" onClick={() => setSure(false)}>
          Отмена
        </button>
      </div>
      {ending.problem && <InlineFailure problem={ending.problem} />}
    </Note>
  );
}
