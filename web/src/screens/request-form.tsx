// The form of one request.
import { useRef, useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { clearIdempotencyKey, idempotencyKey } from "../api/idempotency";
import { filesError } from "../api/upload";
import type { Binding, RequestKind, SubscriberRequest } from "../api/types";
import { date, rubles } from "../format";
import { useSession } from "../session-context";
import { Phones } from "../shell/branding";
import { DraftNote, useDraft } from "../ui/draft";
import { Note } from "../ui/feedback";
import { Field, RequiredNote, TextArea } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { RequestFiles, upload } from "./request-files";

export function RequestForm(props: {
  account: Binding;
  kind: RequestKind;
  /** What the text begins with. */
  text?: string;
  onSent: (request: SubscriberRequest) => void;
  onCancel: () => void;
}) {
  const { account, kind } = props;
  const { profile } = useSession();
  const form = useForm("request");
  const begun = props.text ?? "";
  const draft = useDraft(`request:${account.account_id}:${kind.kind}:${begun}`, begun);
  const text = draft.value;
  const [phone, setPhone] = useState(profile?.phone ?? "");
  const [service, setService] = useState("");
  const [files, setFiles] = useState<File[]>([]);
  const uploaded = useRef(new Map<File, string>());
  const send = async () => {
    const body = {
      kind: kind.kind,
      text: text.trim(),
      attachments: await upload(account.account_id, files, uploaded.current),
      ...(service ? { service_code: service } : {}),
      ...(phone.trim() ? { contact_phone: phone.trim() } : {}),
    };
    const request = await unwrap(
      api.POST("/api/accounts/{account_id}/requests", {
        params: {
          path: { account_id: account.account_id },
          header: { "Idempotency-Key": idempotencyKey("request", [account.account_id, body]) },
        },
        body,
      }),
    );
    clearIdempotencyKey("request");
    draft.save(null);
    props.onSent(request);
  };
  const cancel = () => {
    draft.save(null);
    props.onCancel();
  };
  return (
    <section class="card" aria-label={kind.title}>
      <h2>{kind.title}</h2>
      {kind.kind === "emergency" && (
        <Note tone="warn">
          <p>При угрозе жизни, запахе газа или пожаре сразу звоните 112.</p>
          {kind.phone && (
            <p>
              Аварийно-диспетчерская служба:{" "}
              <a class="nowrap" href={`tel:${kind.phone.replace(/[^+\d]/g, "")}`}>
                {kind.phone}
              </a>
            </p>
          )}
        </Note>
      )}
      <p class="muted">Ответим не позднее {date(kind.answer_by)}.</p>
      {!kind.phone && <Phones phones={account.branding?.phones} />}
      <Form
        form={form}
        label={kind.title}
        check={() => ({
          service_code: kind.services.length > 0 && !service && "Выберите услугу",
          text: !text.trim() && "Опишите, что случилось или что нужно сделать",
          attachments: filesError(files),
        })}
        act={send}
      >
        {kind.services.length > 0 && (
          <fieldset class="choices">
            <legend>
              Услуга <span aria-hidden="true">*</span>
            </legend>
            {kind.services.map((one, index) => (
              <div class="check" key={one.code}>
                <input
                  type="radio"
                  id={index === 0 ? "request-service_code" : `request-service-${index}`}
                  name="service_code"
                  checked={service === one.code}
                  onChange={() => {
                    form.clear("service_code");
                    setService(one.code);
                  }}
                />
                <label for={index === 0 ? "request-service_code" : `request-service-${index}`}>
                  {one.title} — {rubles(one.price)}
                </label>
              </div>
            ))}
          </fieldset>
        )}
        <DraftNote draft={draft}>Вы начали писать раньше и не отправили: текст сохранён.</DraftNote>
        <TextArea
          name="text"
          label="Текст заявки"
          mark="*"
          value={text}
          onValue={(typed) => draft.save(typed === begun ? null : typed)}
        />
        <Field
          name="contact_phone"
          label="Телефон для связи"
          type="tel"
          inputMode="tel"
          autoComplete="tel"
          value={phone}
          onValue={setPhone}
        />
        <RequestFiles onFiles={setFiles} />
        <div class="actions">
          <Submit busy="Отправляем…">Отправить</Submit>
          <button type="button" class="button button-second" onClick={cancel}>
            Отмена
          </button>
        </div>
        <RequiredNote />
      </Form>
    </section>
  );
}
