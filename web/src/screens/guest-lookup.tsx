// «Передать показания» on the start page: finds the account whose meters a guest may see.
import { useLocation } from "preact-iso";
import { api, unwrap } from "../api/client";
import type { GuestLookup } from "../api/types";
import { ROUTES } from "../routes";
import { CaptchaField, captchaName } from "../ui/captcha";
import { RequiredNote } from "../ui/fields";
import { Form, Submit, useForm } from "../ui/form";
import { AccountSearchFields, useAccountSearch, useSearchWithCaptcha } from "./account-search";

/** What the guest has found: in memory only, until the page is closed. */
interface FoundAccount {
  lookup: GuestLookup;
  accountNumber: string;
}
let foundAccount: FoundAccount | null = null;
export const getFoundAccount = (): FoundAccount | null => foundAccount;

export function GuestLookupForm() {
  const { route } = useLocation();
  const form = useForm("guest", captchaName);
  const search = useAccountSearch();
  const { look, captcha, captchaWanted, captchaError } = useSearchWithCaptcha();
  const lookUp = async (solved: object) => {
    const body = { ...search.body, ...solved };
    foundAccount = {
      lookup: await unwrap(api.POST("/api/guest/readings/lookup", { body })),
      accountNumber: body.account_number,
    };
    route(ROUTES.guestReadings);
  };
  return (
    <Form
      form={form}
      label="Передать показания без регистрации"
      check={() => ({ ...search.errors, captcha: captchaError })}
      act={() => look(lookUp)}
    >
      <AccountSearchFields search={search} />
      {captchaWanted && <CaptchaField state={captcha} />}
      <div class="actions">
        <Submit busy="Ищем…">Найти счётчики</Submit>
      </div>
      <RequiredNote flat />
    </Form>
  );
}
