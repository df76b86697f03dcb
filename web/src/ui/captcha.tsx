// The code from the picture, or by ear; «Изменить код» asks for another.
import { useEffect, useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { Problem } from "../api/problem";
import type { Captcha } from "../api/types";
import { Failure, Spinner } from "./feedback";
import { Field } from "./fields";
import { Icon } from "./icons";
import "./captcha.css";

interface CaptchaState {
  captcha: Captcha | null;
  problem: Problem | null;
  answer: string;
  setAnswer: (answer: string) => void;
  /** Asks for another picture: each is good for one try. */
  change: () => void;
  solved: () => { challenge: string; answer: string };
}

export function useCaptcha(enabled = true): CaptchaState {
  const [captcha, setCaptcha] = useState<Captcha | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [answer, setAnswer] = useState("");
  const change = () => {
    setProblem(null);
    setAnswer("");
    unwrap(api.POST("/api/auth/captchas")).then(setCaptcha, (reason: unknown) => {
      if (reason instanceof Problem) setProblem(reason);
      else throw reason;
    });
  };
  useEffect(() => {
    if (enabled) change();
  }, [enabled]);
  return {
    captcha,
    problem,
    answer,
    setAnswer,
    change,
    solved: () => ({ challenge: captcha?.challenge ?? "", answer: answer.trim() }),
  };
}

export function CaptchaField({ state }: { state: CaptchaState }) {
  const { captcha, problem } = state;
  const [heard, setHeard] = useState(false);
  return (
    <fieldset class="captcha">
      <legend class="sr-only">Проверка, что Вы не робот</legend>
      {problem && <Failure problem={problem} retry={state.change} />}
      {!captcha && !problem && (
        <Spinner class="captcha-waiting" reserve={0}>
          Загружаем код…
        </Spinner>
      )}
      {(captcha || !problem) && (
        // Hidden until the picture has loaded, it reserves the space for everything that comes with it.
        <div class={captcha ? "captcha-body" : "captcha-body captcha-awaited"}>
          <img
            class="captcha-image"
            src={captcha?.image}
            alt="Код на картинке. Если не видно, прослушайте код."
            width="200"
            height="70"
          />
          <div class="captcha-actions">
            <button type="button" class="button button-quiet" onClick={state.change}>
              <Icon name="refresh" /> Изменить код
            </button>
            <button
              type="button"
              class="button button-quiet"
              aria-expanded={heard}
              onClick={() => setHeard(!heard)}
            >
              <Icon name="sound" /> Прослушать код
            </button>
          </div>
          {captcha && heard && (
            <audio key={captcha.challenge} controls autoPlay src={captcha.audio} aria-label="Код голосом" />
          )}
          <Field
            name="captcha"
            label="Введите код"
            mark="*"
            value={state.answer}
            onValue={state.setAnswer}
            autoComplete="off"
            inputMode="numeric"
            spellcheck={false}
          />
        </div>
      )}
    </fieldset>
  );
}

/** Captcha answers come back under several names. */
export function captchaName(field: string): string {
  return field.startsWith("captcha") ? "captcha" : field.startsWith("consent") ? "consent" : field;
}
