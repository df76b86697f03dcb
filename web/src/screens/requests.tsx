// «Заявки»: an emergency, a complaint, an appeal or a paid service; below, what was accepted and answered.
import { useEffect, useState } from "preact/hooks";
import { requestKindsRead, requestsRead } from "../api/account-reads";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { refresh, usePages, useRead } from "../api/query";
import type { Binding, Page, RequestKind, RequestKindCode, SubscriberRequest } from "../api/types";
import { date, time } from "../format";
import { useSession } from "../session-context";
import { AccountPage } from "../shell/account-header";
import { Paragraphs } from "../ui/consent";
import { Empty, QueryView, Note } from "../ui/feedback";
import { Icon, type IconName } from "../ui/icons";
import { LoadMore } from "../ui/load-more";
import { SentFiles } from "./request-files";
import { Dialogue } from "./request-dialogue";
import { RequestForm } from "./request-form";
import "./requests.css";

const ICONS: Partial<Record<RequestKindCode, IconName>> = {
  emergency: "siren",
  complaint: "frown",
  appeal: "chat",
  paid_service: "wrench",
};
const STATUSES: Record<string, string> = {
  new: "Принята",
  in_progress: "В работе",
  waiting: "Ждём Вашего ответа",
  answered: "Есть ответ",
  done: "Выполнена",
  rejected: "Отклонена",
};

function replaceRequest(shown: Page<SubscriberRequest>, changed: SubscriberRequest): Page<SubscriberRequest> {
  const items = shown.items.map((each) => (each.request_id === changed.request_id ? changed : each));
  return { ...shown, items };
}

export function RequestsScreen() {
  return (
    <AccountPage title="Заявки" reads={(id) => [requestKindsRead(id), requestsRead(id)]}>
      {(account) => <RequestsContent account={account} />}
    </AccountPage>
  );
}

function RequestsContent({ account }: { account: Binding }) {
  const id = account.account_id;
  const kinds = useRead(requestKindsRead(id));
  const { key, load } = requestsRead(id);
  const requests = usePages(key, load);
  const { home } = useSession();
  const marking = useChange();
  const unread = home?.due.some((due) => due.kind === "request" && due.account_id === id) ?? false;
  const shown = requests.data !== undefined;
  // The answers are shown below, so they count as read. If this fails, nothing is shown: they stay new.
  useEffect(() => {
    if (!unread || !shown) return;
    marking.run(async () => {
      await unwrap(
        api.POST("/api/accounts/{account_id}/requests/read-all", { params: { path: { account_id: id } } }),
      );
      refresh("home");
    });
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [unread, shown, id]);
  const [chosen, setChosen] = useState<RequestKind | null>(null);
  const [sent, setSent] = useState<SubscriberRequest | null>(null);
  const titles = new Map(kinds.data?.items.map((kind) => [kind.kind, kind.title]));
  return (
    <>
      {sent && (
        <Note tone="good" live>
          <p>Заявка № {sent.number} принята. Ответ появится на этой странице.</p>
          {sent.dispatcher_phone && (
            <p>
              Телефон аварийно-диспетчерской службы:{" "}
              <a class="nowrap" href={`tel:${sent.dispatcher_phone.replace(/[^+\d]/g, "")}`}>
                {sent.dispatcher_phone}
              </a>
            </p>
          )}
        </Note>
      )}
      <QueryView query={kinds}>
        {({ items }) => (
          <ul class="tiles">
            {items.map((kind) => (
              <li key={kind.kind}>
                <button
                  type="button"
                  class="tile"
                  aria-expanded={chosen?.kind === kind.kind}
                  onClick={() => {
                    setSent(null);
                    setChosen(chosen?.kind === kind.kind ? null : kind);
                  }}
                >
                  <Icon name={ICONS[kind.kind] ?? "chat"} />
                  <span>{kind.title}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
      {chosen && (
        <RequestForm
          key={chosen.kind}
          account={account}
          kind={chosen}
          onCancel={() => setChosen(null)}
          onSent={(request) => {
            setChosen(null);
            setSent(request);
            requests.reload();
            scrollTo(0, 0);
          }}
        />
      )}
      <section class="stack" aria-labelledby="accepted-requests" hidden={!kinds.data && !kinds.problem}>
        <h2 id="accepted-requests">Принятые заявки</h2>
        <QueryView query={requests}>
          {(page) => (
            <>
              {page.items.length === 0 && <Empty>Заявок пока нет.</Empty>}
              {page.items.map((request) => (
                <article key={request.request_id} class="card">
                  <div class="split">
                    <h3>
                      {titles.get(request.kind) ?? "Заявка"} № {request.number}
                    </h3>
                    <span class="tag">{STATUSES[request.status] ?? request.status}</span>
                  </div>
                  <p class="muted">
                    {time(request.created_at)}
                    {request.can_write && request.answer_by && `, ответим до ${date(request.answer_by)}`}
                  </p>
                  {request.service_title && <p>Услуга: {request.service_title}</p>}
                  <Paragraphs text={request.text} />
                  {request.attachments.length > 0 && (
                    <SentFiles accountId={id} requestId={request.request_id} files={request.attachments} />
                  )}
                  <Dialogue
                    account={account}
                    request={request}
                    onChanged={(changed) => requests.updateData((shown) => replaceRequest(shown, changed))}
                  />
                </article>
              ))}
              <LoadMore pages={requests} />
            </>
          )}
        </QueryView>
      </section>
    </>
  );
}
