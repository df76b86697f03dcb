// Finding what to pay without a cabinet: by the receipt's code (camera, picture, text), or by number, house and flat.
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { Problem } from "../api/problem";
import type { GuestPaymentForm } from "../api/types";
import { rubles } from "../format";
import { CaptchaField, captchaName } from "../ui/captcha";
import { FileField, RequiredNote, TextArea } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { AccountSearchFields, useAccountSearch, useSearchWithCaptcha } from "./account-search";
import { hasCamera, QrCamera } from "./qr-camera";
import { readPicture } from "./qr-reading";

type LookupQuery = { qr: string } | { account_number: string; house: string; flat?: string };

const NO_CODE =
  "На этой картинке не нашёлся QR-код. Сфотографируйте его крупнее и ровнее, без бликов, или найдите счёт по номеру и дому.";
const NO_PICTURE = "Этот файл не открывается как картинка. Подойдут фото и снимок экрана: JPG, PNG, WebP.";

function unreadableCode(message: string): Problem {
  return new Problem(0, "qr_unread", message, [{ field: "picture", code: "qr_unread", message }]);
}

async function readCodes(file: File): Promise<string[]> {
  let codes: string[];
  try {
    codes = await readPicture(file);
  } catch {
    throw unreadableCode(NO_PICTURE);
  }
  if (!codes.length) throw unreadableCode(NO_CODE);
  return codes;
}

/** Whom a code pays, and how much: to tell one from another. */
function payeeTitle(code: string): string {
  const fields = code.split(code[7] ?? "|").map((pair) => pair.split("="));
  const value = (key: string) => fields.find(([name]) => name?.toLowerCase() === key)?.[1];
  const sum = Number(value("sum"));
  return [value("name"), sum > 0 && rubles(sum)].filter(Boolean).join(", ");
}

function useLookup(onFound: (form: GuestPaymentForm) => void) {
  const { look, ...rest } = useSearchWithCaptcha();
  return {
    ...rest,
    look: (wanted: LookupQuery) =>
      look(async (solved) =>
        onFound(await unwrap(api.POST("/api/guest/payments/lookup", { body: { ...wanted, ...solved } }))),
      ),
  };
}

type Lookup = ReturnType<typeof useLookup>;

export function GuestPayLookup({ onFound }: { onFound: (form: GuestPaymentForm) => void }) {
  const lookup = useLookup(onFound);
  return (
    <div class="start-cards">
      <section class="card stack" aria-labelledby="pay-by-code">
        <h2 id="pay-by-code">По QR-коду квитанции</h2>
        <CodeLookupForm lookup={lookup} />
      </section>
      <section class="card stack" aria-labelledby="pay-by-address">
        <h2 id="pay-by-address">По номеру счёта и дому</h2>
        <AddressLookupForm lookup={lookup} />
      </section>
    </div>
  );
}

function CodeLookupForm({ lookup }: { lookup: Lookup }) {
  const form = useForm("pay-code", (field) => (field === "qr" ? "text" : captchaName(field)));
  const [text, setText] = useState("");
  const [codes, setCodes] = useState<string[]>([]);
  const [isCameraOn, setCameraOn] = useState(false);
  const read = (code: string) => {
    setText(code);
    form.run(() => lookup.look({ qr: code }));
  };
  const readFile = (files: File[]) => {
    const [file] = files;
    if (!file) return;
    setCodes([]);
    form.run(async () => {
      const found = await readCodes(file);
      const [code = ""] = found;
      if (found.length > 1) setCodes(found);
      else await lookup.look({ qr: code }).finally(() => setText(code));
    });
  };
  return (
    <Form
      form={form}
      label="Найти квитанцию по QR-коду"
      check={() => ({ text: !text.trim() && "Вставьте текст кода", captcha: lookup.captchaError })}
      act={() => lookup.look({ qr: text })}
    >
      {hasCamera() &&
        (isCameraOn ? (
          <QrCamera
            onClose={() => setCameraOn(false)}
            onText={(code) => {
              setCameraOn(false);
              read(code);
            }}
          />
        ) : (
          <button type="button" class="button button-main" onClick={() => setCameraOn(true)}>
            Навести камеру на код
          </button>
        ))}
      <FileField
        name="picture"
        label="Фото или снимок экрана с кодом"
        hint="Картинка остаётся на вашем устройстве."
        accept="image/*"
        isSingle
        onFiles={readFile}
      />
      {codes.length > 0 && (
        <fieldset class="choices pay-codes">
          <legend>На картинке несколько кодов. Кому платите?</legend>
          {codes.map((code) => (
            <button type="button" class="button button-second" key={code} onClick={() => read(code)}>
              {payeeTitle(code)}
            </button>
          ))}
        </fieldset>
      )}
      <TextArea
        name="text"
        label="Текст кода"
        hint="Если код уже прочитан другой программой, вставьте его: он начинается с ST0001."
        rows={3}
        maxLength={4000}
        value={text}
        onValue={setText}
      />
      {lookup.captchaWanted && <CaptchaField state={lookup.captcha} />}
      <div class="actions">
        <Submit busy="Ищем…">Найти по коду</Submit>
      </div>
    </Form>
  );
}

function AddressLookupForm({ lookup }: { lookup: Lookup }) {
  const form = useForm("pay-address", captchaName);
  const search = useAccountSearch();
  return (
    <Form
      form={form}
      label="Найти счёт по номеру и дому"
      check={() => ({ ...search.errors, captcha: lookup.captchaError })}
      act={() => lookup.look(search.body)}
    >
      <AccountSearchFields search={search} />
      {lookup.captchaWanted && <CaptchaField state={lookup.captcha} />}
      <div class="actions">
        <Submit busy="Ищем…">Найти по номеру</Submit>
      </div>
      <RequiredNote flat />
    </Form>
  );
}
