// «Мои данные»: an archive of all that the cabinet holds about a person, made in the background.
import { useEffect } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { useChange } from "../api/change";
import { useRead } from "../api/query";
import type { Archive } from "../api/types";
import { time } from "../format";
import { Failure, QueryView } from "../ui/feedback";
import { Page } from "../ui/page";

const ARCHIVE_READ = { key: "archive", load: () => unwrap(api.GET("/api/profile/archive")) };

export function OwnDataScreen() {
  const query = useRead(ARCHIVE_READ);
  return (
    <Page
      title="Мои данные"
      lead={
        <p>
          Учётная запись, согласия, журнал безопасности, квитанции, оплаты, счётчики, показания и заявки —
          файлами JSON в одном архиве ZIP.
        </p>
      }
    >
      <section class="card" aria-labelledby="archive">
        <h2 id="archive">Архив</h2>
        <QueryView query={query} reserve={120}>
          {(archive) => <ArchiveState archive={archive} onAsked={() => query.reload()} />}
        </QueryView>
      </section>
    </Page>
  );
}

const POLL_MS = 4_000;

const TEXTS: Record<Archive["state"], string> = {
  none: "Архив готовится несколько минут. Когда он будет готов, мы пришлём письмо.",
  waiting: "Архив готовится. Когда он будет готов, мы пришлём письмо: эту страницу можно закрыть.",
  ready: "Архив готов.",
};

function ArchiveState({ archive, onAsked }: { archive: Archive; onAsked: () => void }) {
  const change = useChange();
  const request = async () => {
    await unwrap(api.POST("/api/profile/archive"));
    onAsked();
  };
  const open = async () => {
    location.assign((await unwrap(api.GET("/api/profile/archive/link"))).url);
  };
  const isReady = archive.state === "ready";
  const isWaiting = archive.state === "waiting";
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setTimeout(onAsked, POLL_MS);
    return () => clearTimeout(timer);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [archive]);
  return (
    <>
      <p role="status">
        {TEXTS[archive.state]}
        {isReady && archive.requested_at && ` Данные на ${time(archive.requested_at)}.`}
        {isReady && archive.expires_at && ` Скачать его можно до ${time(archive.expires_at)}.`}
      </p>
      {change.problem && <Failure problem={change.problem} />}
      <div class="actions">
        {isReady && (
          <button
            type="button"
            class="button button-main"
            aria-disabled={change.busy}
            onClick={() => change.run(open)}
          >
            Скачать архив
          </button>
        )}
        {!isWaiting && (
          <button
            type="button"
            class={`button ${isReady ? "button-second" : "button-main"}`}
            aria-disabled={change.busy}
            onClick={() => change.run(request)}
          >
            {isReady ? "Подготовить новый архив" : "Скачать все мои данные"}
          </button>
        )}
      </div>
    </>
  );
}
