// One request: whose it is, the dialogue, the answer with files and a status, and who has taken it.
import { useRoute } from "preact-iso";
import { useRef, useState } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { refresh, useQuery } from "../api/query";
import { date as day, fileSize, time } from "../format";
import { Paragraphs } from "../ui/consent";
import { InlineFailure, QueryView, Note } from "../ui/feedback";
import { FileField, TextArea } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { ACCEPTED_EXTENSIONS, filesError, uploadFiles } from "../api/upload";
import { Screen } from "./layout";
import { FilterSelect } from "../ui/filter-select";
import { accountPath } from "./routes";
import { useDesk } from "./session-context";
import { TEMPLATES } from "./templates";
import type { DeskFile, DeskRequest, RequestStatus } from "./types";
import { STATUSES } from "./labels";

export function RequestScreen() {
  const id = decodeURIComponent(useRoute().params.request_id ?? "");
  const path = { request_id: id };
  const query = useQuery<DeskRequest>(`request:${id}`, () =>
    unwrap(api.GET("/api/staff/requests/{request_id}", { params: { path } })),
  );
  return (
    <QueryView query={query}>
      {(request) => (
        <Screen title={`${request.kind_title} № ${request.number}`}>
          <RequestFacts request={request} />
          <AssigneeButtons request={request} onChanged={query.setData} />
          <Dialogue request={request} />
          {request.statuses.length > 0 && (
            <AnswerForm key={request.version} request={request} onAnswered={query.setData} />
          )}
        </Screen>
      )}
    </QueryView>
  );
}

function RequestFacts({ request }: { request: DeskRequest }) {
  const { may } = useDesk();
  const facts: [string, string | null][] = [
    ["Состояние", STATUSES[request.status]],
    [
      "Ответить до",
      request.answer_by && day(request.answer_by) + (request.is_overdue ? " — просрочена" : ""),
    ],
    ["Отправлена", time(request.created_at)],
    ["Лицевой счёт", `${request.account_number}, ${request.supplier_name}`],
    ["Собственник", request.holder],
    ["Адрес", request.address],
    ["Телефон", request.contact_phone],
    ["Услуга", request.service_title],
    ["Оценка", request.rating && `${request.rating.stars} из 5. ${request.rating.text}`],
  ];
  return (
    <dl class="facts card">
      {facts.map(([name, value]) =>
        value ? (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ) : null,
      )}
      {may("residents") && (
        <div>
          <dt>Житель</dt>
          <dd>
            <a href={accountPath(request.account_id)}>Открыть лицевой счёт</a>
          </dd>
        </div>
      )}
    </dl>
  );
}

function AssigneeButtons(props: { request: DeskRequest; onChanged: (request: DeskRequest) => void }) {
  const { request } = props;
  const { me } = useDesk();
  const change = useChange();
  const assignees = useQuery("assignees", () => unwrap(api.GET("/api/staff/requests/assignees")));
  const give = (staffId: string) =>
    change.run(async () => {
      const changed = await unwrap(
        api.POST("/api/staff/requests/{request_id}/assign", {
          params: { path: { request_id: request.request_id } },
          body: { staff_id: staffId },
        }),
      );
      refresh("requests:");
      refresh("today:");
      props.onChanged(changed);
    });
  if (request.statuses.length === 0) return null;
  const others = assignees.data?.items ?? [];
  return (
    <div class="actions">
      {request.assigned_to !== me.staff_id && (
        <button
          type="button"
          class="button button-second"
          aria-disabled={change.busy}
          onClick={() => give(me.staff_id)}
        >
          Взять в работу
        </button>
      )}
      <FilterSelect
        label="Взял"
        value={request.assigned_to}
        options={[
          ...(request.assigned_to ? [] : [["", "никто"] as [string, string]]),
          ...others.map((each): [string, string] => [each.staff_id, each.name]),
        ]}
        onValue={(value) => value && give(value)}
      />
      {change.problem && <InlineFailure problem={change.problem} />}
    </div>
  );
}

function Dialogue({ request }: { request: DeskRequest }) {
  return (
    <section class="stack" aria-label="Переписка">
      <article class="card">
        <p class="muted">Житель, {time(request.created_at)}</p>
        <Paragraphs text={request.text} />
        <Files request={request} files={request.files} />
      </article>
      {request.messages.map((message, index) => (
        <article key={index} class={`card message-${message.author}`}>
          <p class="muted">
            {message.author === "staff" ? message.name || "Организация" : "Житель"}, {time(message.at)} ·{" "}
            {STATUSES[message.status]}
          </p>
          {message.text && <Paragraphs text={message.text} />}
          <Files request={request} files={message.files} />
        </article>
      ))}
    </section>
  );
}

function Files({ request, files }: { request: DeskRequest; files: DeskFile[] }) {
  const opening = useChange();
  const open = async (fileId: string) => {
    const { url } = await unwrap(
      api.GET("/api/staff/requests/{request_id}/attachments/{file_id}", {
        params: { path: { request_id: request.request_id, file_id: fileId } },
      }),
    );
    // Storage names it a file to be saved, so this page stays where it is.
    location.assign(url);
  };
  if (files.length === 0) return null;
  return (
    <ul class="plain">
      {files.map((file) => (
        <li key={file.file_id}>
          <button
            type="button"
            class="button button-quiet"
            aria-disabled={opening.busy}
            onClick={() => opening.run(() => open(file.file_id))}
          >
            {file.name}, {fileSize(file.size)}
          </button>
        </li>
      ))}
      {opening.problem && <InlineFailure problem={opening.problem} />}
    </ul>
  );
}

function AnswerForm(props: { request: DeskRequest; onAnswered: (request: DeskRequest) => void }) {
  const { request } = props;
  const path = { request_id: request.request_id };
  const form = useForm("answer");
  const [text, setText] = useState("");
  const [status, setStatus] = useState<RequestStatus>("answered");
  const [files, setFiles] = useState<File[]>([]);
  const sent = useRef(new Map<File, string>());
  const needsText = status === "answered" || status === "waiting" || status === "rejected";
  const send = async () => {
    const tickets = await uploadFiles(files, sent.current, (body) =>
      unwrap(api.POST("/api/staff/requests/{request_id}/attachments", { params: { path }, body })),
    );
    const answered = await unwrap(
      api.POST("/api/staff/requests/{request_id}/messages", {
        params: { path },
        body: { text: text.trim(), status, files: tickets, version: request.version },
      }),
    );
    refresh("requests:");
    refresh("today:");
    props.onAnswered(answered);
  };
  return (
    <section class="card" aria-labelledby="answer">
      <h2 id="answer">Ответ</h2>
      {form.problem?.has("conflict") && (
        <Note tone="warn" live>
          <p>
            Заявка изменилась, пока вы писали.{" "}
            <button type="button" class="button button-quiet" onClick={() => refresh("request:")}>
              Показать новое
            </button>
          </p>
        </Note>
      )}
      <div
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey))
            event.currentTarget.querySelector("form")?.requestSubmit();
        }}
      >
        <Form
          form={form}
          label="Ответ"
          check={() => ({
            text: (needsText || files.length > 0) && !text.trim() && "Напишите ответ",
            files: filesError(files),
          })}
          act={send}
        >
          <FilterSelect
            label="Шаблон"
            value=""
            options={[
              ["", "без шаблона"],
              ...TEMPLATES.map((each): [string, string] => [each.text, each.title]),
            ]}
            onValue={(value) => value && setText(value)}
          />
          <TextArea name="text" label="Текст" value={text} onValue={setText} maxLength={4000} />
          <FileField
            name="files"
            label="Фотографии или PDF"
            hint="До 5 файлов, каждый не больше 10 МБ."
            accept={ACCEPTED_EXTENSIONS}
            onFiles={setFiles}
          />
          <FilterSelect
            label="Состояние после ответа"
            value={status}
            options={request.statuses.map((each) => [each, STATUSES[each]])}
            onValue={(value) => setStatus(value as RequestStatus)}
          />
          <p class="hint">Ctrl + Enter отправляет ответ. Житель получит письмо.</p>
          <Submit busy="Отправляем…">Отправить ответ</Submit>
        </Form>
      </div>
    </section>
  );
}
