// «Календарь»: the secret address that a phone's calendar subscribes to. It is shown once, when it is made.
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { useChange } from "../api/change";
import { useRead } from "../api/query";
import type { CalendarState } from "../api/types";
import { time } from "../format";
import { Failure, QueryView, Note } from "../ui/feedback";
import { Page } from "../ui/page";
import "./access-tokens.css";

const CALENDAR_READ = { key: "calendar", load: () => unwrap(api.GET("/api/profile/calendar")) };

export function CalendarScreen() {
  const query = useRead(CALENDAR_READ);
  const [url, setUrl] = useState<string | null>(null);
  const show = (made: string | null) => {
    setUrl(made);
    query.reload();
    scrollTo(0, 0);
  };
  return (
    <Page
      title="Календарь"
      lead={
        <p>
          Дни передачи показаний, последний день оплаты и сроки поверки счётчиков — в календаре Вашего
          телефона или компьютера. Сумм и адресов в нём нет.
        </p>
      }
    >
      {url && <NewLink url={url} />}
      <section class="card" aria-labelledby="calendar-link">
        <h2 id="calendar-link">Ссылка на календарь</h2>
        <QueryView query={query} reserve={120}>
          {(state) => <LinkState state={state} onChanged={show} />}
        </QueryView>
      </section>
    </Page>
  );
}

function NewLink({ url }: { url: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <Note tone="good" live>
      <p>
        <strong>Ссылка готова.</strong> Добавьте её в календарь сейчас: больше мы её не покажем. Не
        пересылайте её: по ней календарь увидит каждый.
      </p>
      <p>
        <code class="token">{url}</code>
      </p>
      <div class="actions">
        <button
          type="button"
          class="button button-second"
          onClick={() => void navigator.clipboard.writeText(url).then(() => setCopied(true))}
        >
          {copied ? "Скопировано" : "Скопировать"}
        </button>
        <a class="button button-second" href={url.replace(/^https?:/, "webcal:")}>
          Открыть в календаре
        </a>
      </div>
      <p>
        iPhone, Mac, Thunderbird и Outlook откроют её сами. В Google Календаре на компьютере: «Другие
        календари» → «Добавить по URL».
      </p>
    </Note>
  );
}

function LinkState({ state, onChanged }: { state: CalendarState; onChanged: (url: string | null) => void }) {
  const change = useChange();
  const [asked, setAsked] = useState<"renew" | "end" | null>(null);
  const create = async () => {
    const { url } = await unwrap(api.POST("/api/profile/calendar"));
    setAsked(null);
    onChanged(url);
  };
  const end = async () => {
    await unwrap(api.DELETE("/api/profile/calendar"));
    setAsked(null);
    onChanged(null);
  };
  return (
    <>
      <p>
        {state.created_at ? (
          <>
            Создана {time(state.created_at)}.{" "}
            {state.fetched_at
              ? `Календарь обновлялся ${time(state.fetched_at)}.`
              : "Календарь её ещё не открывал."}
          </>
        ) : (
          "Ссылки пока нет."
        )}
      </p>
      {asked === "renew" && (
        <p>Прежняя ссылка сразу перестанет работать: календарь нужно будет добавить заново.</p>
      )}
      {change.problem && <Failure problem={change.problem} />}
      <div class="actions">
        {!state.active && (
          <button
            type="button"
            class="button button-main"
            aria-disabled={change.busy}
            onClick={() => change.run(create)}
          >
            Создать ссылку
          </button>
        )}
        {state.active && (
          <>
            <button
              type="button"
              class={`button ${asked === "renew" ? "button-danger" : "button-second"}`}
              aria-disabled={change.busy}
              onClick={() => (asked === "renew" ? change.run(create) : setAsked("renew"))}
            >
              {asked === "renew" ? "Да, заменить ссылку" : "Создать новую ссылку"}
            </button>
            <button
              type="button"
              class={`button ${asked === "end" ? "button-danger" : "button-second"}`}
              aria-disabled={change.busy}
              onClick={() => (asked === "end" ? change.run(end) : setAsked("end"))}
            >
              {asked === "end" ? "Да, отключить" : "Отключить"}
            </button>
          </>
        )}
      </div>
    </>
  );
}
