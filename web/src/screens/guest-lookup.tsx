// «Передать показания» on the start page: finds the account whose meters a guest may see.
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { Problem } from "../api/problem";
import type { GuestLookup } from "../api/types";
import { ROUTES } from "../routes";
import { CaptchaField, captchaName, useCaptcha } from "../ui/captcha";
import { Field, Stars } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";

/** What the guest has found: in memory only, gone with the page. */
interface Found {
  lookup: GuestLookup;
  accountNumber: string;
}
let found: Found | null = null;
export const guestFound = (): Found | null => found;

export function GuestLookupForm() {
  const { route } = useLocation();
  const form = useForm("guest", captchaName);
  const [accountNumber, setAccountNumber] = useState("");
  const [house, setHouse] = useState("");
  const [flat, setFlat] = useState("");
  const [captchaWanted, setCaptchaWanted] = useState(false);
  const captcha = useCaptcha(captchaWanted);

  const look = async () => {
    const flatGiven = flat.trim() ? { flat: flat.trim() } : {};
    const solved = captchaWanted ? { captcha: captcha.solved() } : {};
    const body = { account_number: accountNumber.trim(), house: house.trim(), ...flatGiven, ...solved };
    try {
      const lookup = await ask(api.POST("/api/guest/readings/lookup", { body }));
      found = { lookup, accountNumber: body.account_number };
      route(ROUTES.guestReadings);
    } catch (reason) {
      if (reason instanceof Problem && reason.has("captcha_required")) setCaptchaWanted(true);
      if (captchaWanted && reason instanceof Problem && reason.status !== 0) captcha.change();
      throw reason;
    }
  };
  return (
    <Form
      form={form}
      label="Передать показания без регистрации"
      check={() => ({
        account_number: !accountNumber.trim() && "Введите номер лицевого счета",
        house: !house.trim() && "Введите № дома",
        captcha: captchaWanted && captcha.captcha && !captcha.answer.trim() && "Введите код с картинки",
      })}
      act={look}
    >
      <Field
        name="account_number"
        label="Лицевой счет:"
        mark="*"
        autoComplete="off"
        autocapitalize="none"
        spellcheck={false}
        value={accountNumber}
        onValue={setAccountNumber}
      />
      <div class="field-pair">
        <Field name="house" label="№ дома:" mark="*" autoComplete="off" value={house} onValue={setHouse} />
        <Field name="flat" label="№ квартиры:" mark="**" autoComplete="off" value={flat} onValue={setFlat} />
      </div>
      {captchaWanted && <CaptchaField state={captcha} />}
      <div class="actions">
        <Submit busy="Ищем…">Найти счётчики</Submit>
      </div>
      <Stars flat />
    </Form>
  );
}
