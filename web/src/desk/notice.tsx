// One notice: as its reader sees it, where it hangs, and its end.
import { useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { refresh, usePages, useQuery } from "../api/query";
import { time } from "../format";
import { InlineFailure, QueryView, Note } from "../ui/feedback";
import { Field, TextArea } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { NoticeCard } from "../ui/notice";
import { Cell, Row } from "../ui/table";
import { Fact } from "./fact";
import { Screen } from "./layout";
import { ListTable, PagedList } from "./lists";
import { accountPath, DESK } from "./routes";
import type { DeskNotice, UnreachedLine } from "./types";
import { NOTICE_KINDS, recipientsCount } from "./labels";

export function NoticeScreen() {
  const id = decodeURIComponent(useRoute().params.notice_id ?? "");
  const path = { notice_id: id };
  const found = useQuery<DeskNotice>(`notice:${id}`, () =>
    unwrap(api.GET("/api/staff/notices/{notice_id}", { params: { path } })),
  );
  const reads = useQuery(`notice-reads:${id}`, () =>
    unwrap(api.GET("/api/staff/notices/{notice_id}/reads", { params: { path } })),
  );
  return (
    <QueryView query={found}>
      {(notice) => (
        <Screen title={notice.title}>
          <dl class="facts card">
            <Fact name="Вид" value={NOTICE_KINDS[notice.kind]} />
            <Fact name="Где" value={notice.where} />
            <Fact name="Опубликовано" value={time(notice.published_at)} />
            <Fact name="Получателей" value={recipientsCount(notice) ?? "не считали"} />
            <Fact name="Прочитали в кабинете" value={reads.data ? String(reads.data.read) : null} />
            <Fact name="Письма" value={recipientsText(notice)} />
            <Fact name="Завершено" value={notice.ended_at && time(notice.ended_at)} />
          </dl>
          <section class="stack" aria-labelledby="as-read">
            <h2 id="as-read">Так видит житель</h2>
            <NoticeCard isNew={false} open notice={notice} />
          </section>
          {!notice.is_over && <EndNotice notice={notice} onEnded={found.setData} />}
          {!notice.ended_at && <CorrectNotice notice={notice} onCorrected={found.setData} />}
          <Unreached id={id} />
          <p>
            <a href={DESK.notices}>Ко всем уведомлениям</a>
          </p>
        </Screen>
      )}
    </QueryView>
  );
}

function recipientsText(notice: DeskNotice): string {
  if (!notice.is_mailed) return "без писем";
  return notice.kind === "emergency" ? "всем, у кого есть почта" : "тем, кто согласился";
}

/** Asked twice: an ended notice cannot be resumed. */
function EndNotice({ notice, onEnded }: { notice: DeskNotice; onEnded: (ended: DeskNotice) => void }) {
  const ending = useChange();
  const [sure, setSure] = useState(false);
  const isEmergency = notice.kind === "emergency";
  const verb = isEmergency ? "Устранено" : "Завершить";
  const end = async () => {
    const path = { notice_id: notice.notice_id };
    onEnded(await unwrap(api.POST("/api/staff/notices/{notice_id}/end", { params: { path } })));
    refresh("notices:");
  };
  if (!sure)
    return (
      <p>
        <button type="button" class="button button-main" onClick={() => setSure(true)}>
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
        <button
          type="button"
          class="button button-main"
          aria-disabled={ending.busy}
          onClick={() => ending.run(end)}
        >
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

/** Emails that went out say what they said. */
function CorrectNotice({
  notice,
  onCorrected,
}: {
  notice: DeskNotice;
  onCorrected: (now: DeskNotice) => void;
}) {
  const form = useForm("correction");
  const [open, setOpen] = useState(false);
  const [title, setTitle] = useState(notice.title);
  const [text, setText] = useState(notice.text);
  const correct = async () => {
    const path = { notice_id: notice.notice_id };
    const body = { title: title.trim(), text: text.trim() };
    onCorrected(await unwrap(api.PATCH("/api/staff/notices/{notice_id}", { params: { path }, body })));
    refresh("notices:");
    setOpen(false);
  };
  if (!open)
    return (
      <p>
        <button type="button" class="button button-second" onClick={() => setOpen(true)}>
          Исправить текст
        </button>
      </p>
    );
  return (
    <Form
      form={form}
      label="Исправить текст"
      check={() => ({
        title: !title.trim() && "Напишите заголовок",
        text: !text.trim() && "Напишите текст",
      })}
      act={correct}
    >
      <Field name="title" label="Заголовок" value={title} onValue={setTitle} maxLength={200} />
      <TextArea
        name="text"
        label="Текст"
        hint="Изменится в кабинете. Письма, которые уже ушли, останутся прежними."
        value={text}
        onValue={setText}
        maxLength={4000}
      />
      <div class="actions">
        <Submit busy="Сохраняем…">Сохранить</Submit>
        <button type="button" class="button button-second" onClick={() => setOpen(false)}>
          Отмена
        </button>
      </div>
    </Form>
  );
}

const COLUMNS = ["Лицевой счёт", "Адрес", "Почему"].map((title) => ({ title }));

const REASONS: Record<UnreachedLine["reason"], string> = {
  no_cabinet: "никто не подключил лицевой счёт к кабинету",
  former_holder: "сменился собственник, новый ещё не подтвердил себя",
  no_email: "нет подтверждённой почты: увидит только в кабинете",
  mail_returns: "письма возвращаются: увидит только в кабинете",
  mail_off: "не подписан на письма: увидит только в кабинете",
};

/** Asked for by a button: each look is written into the log. */
function Unreached({ id }: { id: string }) {
  const [open, setOpen] = useState(false);
  const pages = usePages<UnreachedLine>(open ? `unreached:${id}` : null, (cursor) =>
    unwrap(
      api.GET("/api/staff/notices/{notice_id}/unreached", {
        params: { path: { notice_id: id }, query: cursor ? { cursor } : {} },
      }),
    ),
  );
  return (
    <section class="stack" aria-labelledby="unreached">
      <h2 id="unreached">До кого не доходит</h2>
      {!open && (
        <p>
          <button type="button" class="button button-second" onClick={() => setOpen(true)}>
            Показать список
          </button>
        </p>
      )}
      {open && (
        <PagedList
          pages={pages}
          reserve={80}
          none="Доходит до всех."
          lines={(items) => (
            <ListTable caption="До кого не доходит" columns={COLUMNS}>
              {items.map((item, index) => (
                <Row key={`${item.account_id}-${index}`}>
                  <Cell column="Лицевой счёт" head>
                    <a href={accountPath(item.account_id)}>{item.number}</a>
                  </Cell>
                  <Cell column="Адрес">{item.address}</Cell>
                  <Cell column="Почему">{REASONS[item.reason]}</Cell>
                </Row>
              ))}
            </ListTable>
          )}
        />
      )}
    </section>
  );
}
