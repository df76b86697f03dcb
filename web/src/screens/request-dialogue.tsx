// The dialogue of a request: what both sides wrote, a further message, opening again, the rating.
import { useRef, useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { clearIdempotencyKey, idempotencyKey } from "../api/idempotency";
import type { Binding, SubscriberRequest } from "../api/types";
import { filesError } from "../api/upload";
import { date, time } from "../format";
import { Paragraphs } from "../ui/consent";
import { TextArea } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { RequestFiles, SentFiles, upload } from "./request-files";

interface DialogueProps {
  account: Binding;
  request: SubscriberRequest;
  onChanged: (request: SubscriberRequest) => void;
}

type OpenForm = "message" | "reopen" | "rating";

export function Dialogue(props: DialogueProps) {
  const { account, request } = props;
  const [open, setOpen] = useState<OpenForm | null>(null);
  const shown = { ...props, onChanged: done };
  function done(changed: SubscriberRequest) {
    setOpen(null);
    props.onChanged(changed);
  }
  const canReopen = request.reopen_until !== null && Date.parse(request.reopen_until) > Date.now();
  return (
    <>
      {request.messages.map((message, index) => (
        <blockquote key={index} class={message.author === "staff" ? "reply" : "reply reply-own"}>
          <p class="muted">
            {message.author === "staff" ? "Ответ" : "Вы"}, {time(message.at)}
          </p>
          {message.text && <Paragraphs text={message.text} />}
          {message.files.length > 0 && (
            <SentFiles accountId={account.account_id} requestId={request.request_id} files={message.files} />
          )}
        </blockquote>
      ))}
      {request.rating && <p class="muted">Ваша оценка: {request.rating.stars} из 5</p>}
      {open === null && (
        <div class="actions">
          {request.can_write && (
            <button type="button" class="button button-second" onClick={() => setOpen("message")}>
              {request.status === "waiting" ? "Ответить" : "Дополнить"}
              <span class="sr-only"> заявку № {request.number}</span>
            </button>
          )}
          {canReopen && request.reopen_until && (
            <button type="button" class="button button-second" onClick={() => setOpen("reopen")}>
              Вопрос не решён<span class="sr-only">: открыть снова заявку № {request.number}</span>
            </button>
          )}
          {request.can_rate && (
            <button type="button" class="button button-quiet" onClick={() => setOpen("rating")}>
              Оценить ответ<span class="sr-only"> на заявку № {request.number}</span>
            </button>
          )}
        </div>
      )}
      {open === "message" && <MessageForm {...shown} onCancel={() => setOpen(null)} />}
      {open === "reopen" && <ReopenForm {...shown} onCancel={() => setOpen(null)} />}
      {open === "rating" && <RatingForm {...shown} onCancel={() => setOpen(null)} />}
    </>
  );
}

type FormProps = DialogueProps & { onCancel: () => void };

function FormButtons({ title, onCancel }: { title: string; onCancel: () => void }) {
  return (
    <div class="actions">
      <Submit busy="Отправляем…">{title}</Submit>
      <button type="button" class="button button-second" onClick={onCancel}>
        Отмена
      </button>
    </div>
  );
}

function MessageForm({ account, request, onChanged, onCancel }: FormProps) {
  const form = useForm(`message-${request.number}`);
  const [text, setText] = useState("");
  const [files, setFiles] = useState<File[]>([]);
  const uploaded = useRef(new Map<File, string>());
  const key = `message:${request.request_id}`;
  const send = async () => {
    const attachments = await upload(account.account_id, files, uploaded.current);
    const body = { text: text.trim(), attachments };
    const changed = await unwrap(
      api.POST("/api/accounts/{account_id}/requests/{request_id}/messages", {
        params: {
          path: { account_id: account.account_id, request_id: request.request_id },
          header: { "Idempotency-Key": idempotencyKey(key, body) },
        },
        body,
      }),
    );
    clearIdempotencyKey(key);
    onChanged(changed);
  };
  return (
    <Form
      form={form}
      label={`Сообщение по заявке № ${request.number}`}
      check={() => ({
        text: !text.trim() && files.length === 0 && "Напишите сообщение или приложите файл",
        attachments: filesError(files),
      })}
      act={send}
    >
      <TextArea name="text" label="Сообщение" value={text} onValue={setText} maxLength={4000} />
      <RequestFiles onFiles={setFiles} />
      <FormButtons title="Отправить" onCancel={onCancel} />
    </Form>
  );
}

function ReopenForm({ account, request, onChanged, onCancel }: FormProps) {
  const form = useForm(`reopen-${request.number}`);
  const [text, setText] = useState("");
  const until = request.reopen_until ? date(request.reopen_until) : "";
  return (
    <Form
      form={form}
      label={`Открыть снова заявку № ${request.number}`}
      check={() => ({ text: !text.trim() && "Напишите, что осталось не решено" })}
      act={async () =>
        onChanged(
          await unwrap(
            api.POST("/api/accounts/{account_id}/requests/{request_id}/reopen", {
              params: { path: { account_id: account.account_id, request_id: request.request_id } },
              body: { text: text.trim() },
            }),
          ),
        )
      }
    >
      <TextArea
        name="text"
        label="Что осталось не решено"
        hint={`Открыть заявку снова можно до ${until}.`}
        value={text}
        onValue={setText}
        maxLength={4000}
      />
      <FormButtons title="Открыть снова" onCancel={onCancel} />
    </Form>
  );
}

const STARS: [number, string][] = [
  [5, "5 — отлично"],
  [4, "4 — хорошо"],
  [3, "3 — сносно"],
  [2, "2 — плохо"],
  [1, "1 — очень плохо"],
];

function RatingForm({ account, request, onChanged, onCancel }: FormProps) {
  const form = useForm(`rating-${request.number}`);
  const [stars, setStars] = useState(0);
  const [text, setText] = useState("");
  return (
    <Form
      form={form}
      label={`Оценка ответа на заявку № ${request.number}`}
      check={() => ({ stars: stars === 0 && "Выберите оценку" })}
      act={async () =>
        onChanged(
          await unwrap(
            api.POST("/api/accounts/{account_id}/requests/{request_id}/rating", {
              params: { path: { account_id: account.account_id, request_id: request.request_id } },
              body: { stars, text: text.trim() },
            }),
          ),
        )
      }
    >
      <fieldset class="choices">
        <legend>Оценка</legend>
        {STARS.map(([value, title]) => {
          const id = value === 5 ? `${form.id}-stars` : `${form.id}-stars-${value}`;
          return (
            <div class="check" key={value}>
              <input
                type="radio"
                id={id}
                name={`${form.id}-stars`}
                checked={stars === value}
                onChange={() => {
                  form.clear("stars");
                  setStars(value);
                }}
              />
              <label for={id}>{title}</label>
            </div>
          );
        })}
      </fieldset>
      <TextArea name="text" label="Что понравилось или нет" value={text} onValue={setText} maxLength={1000} />
      <FormButtons title="Оценить" onCancel={onCancel} />
    </Form>
  );
}
