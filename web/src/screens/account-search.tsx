// By what a visitor without a cabinet names an account: number, house and flat; after misses the picture's code too.
import { useState } from "preact/hooks";
import { Problem } from "../api/problem";
import { useCaptcha } from "../ui/captcha";
import { Field } from "../ui/fields";

export function useAccountSearch() {
  const [accountNumber, setAccountNumber] = useState("");
  const [house, setHouse] = useState("");
  const [flat, setFlat] = useState("");
  return {
    accountNumber,
    setAccountNumber,
    house,
    setHouse,
    flat,
    setFlat,
    errors: {
      account_number: !accountNumber.trim() && "Введите номер лицевого счета",
      house: !house.trim() && "Введите № дома",
    },
    body: {
      account_number: accountNumber.trim(),
      house: house.trim(),
      ...(flat.trim() ? { flat: flat.trim() } : {}),
    },
  };
}

export function AccountSearchFields({ search }: { search: ReturnType<typeof useAccountSearch> }) {
  return (
    <>
      <Field
        name="account_number"
        label="Лицевой счет:"
        mark="*"
        autoComplete="off"
        autocapitalize="none"
        spellcheck={false}
        value={search.accountNumber}
        onValue={search.setAccountNumber}
      />
      <div class="field-pair">
        <Field
          name="house"
          label="№ дома:"
          mark="*"
          autoComplete="off"
          value={search.house}
          onValue={search.setHouse}
        />
        <Field
          name="flat"
          label="№ квартиры:"
          mark="**"
          autoComplete="off"
          value={search.flat}
          onValue={search.setFlat}
        />
      </div>
    </>
  );
}

type SolvedCaptcha = { captcha?: { challenge: string; answer: string } };

/** One search at a time, with the picture's code after misses; what was searched is kept for the next try. */
export function useSearchWithCaptcha() {
  const [captchaWanted, setCaptchaWanted] = useState(false);
  const captcha = useCaptcha(captchaWanted);
  const look = async (search: (solved: SolvedCaptcha) => Promise<void>) => {
    try {
      await search(captchaWanted ? { captcha: captcha.solved() } : {});
    } catch (reason) {
      if (reason instanceof Problem && reason.has("captcha_required")) setCaptchaWanted(true);
      if (captchaWanted && reason instanceof Problem && reason.status !== 0) captcha.change();
      throw reason;
    }
  };
  const captchaError =
    captchaWanted && captcha.captcha && !captcha.answer.trim() ? "Введите код с картинки" : undefined;
  return { look, captcha, captchaWanted, captchaError };
}
