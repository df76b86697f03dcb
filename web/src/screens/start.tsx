// The start page: what the cabinet is, the sign-in, and handing in readings without registration.
import { useLocation } from "preact-iso";
import { useEffect, useLayoutEffect } from "preact/hooks";
import { ROUTES } from "../routes";
import { popReturnUrl, useSession } from "../session-context";
import { ContactPhones } from "../shell/site";
import { Failure, Note, Spinner } from "../ui/feedback";
import { Page } from "../ui/page";
import { esiaErrorText } from "./esia-errors";
import { GuestLookupForm } from "./guest-lookup";
import { privateScreens } from "./lazy-screens";
import { SignInForm } from "./sign-in";
import "./start.css";

export function StartScreen() {
  const { stage, problem, reload } = useSession();
  const { query, route } = useLocation();
  const error = query["error"];
  const loading = stage === "unknown";
  useEffect(() => {
    if (loading) privateScreens.preload();
  }, [loading]);
  // Before this screen is painted once more: the next one is what the reader waits for.
  useLayoutEffect(() => {
    if (stage === "signed-in") {
      const place = popReturnUrl();
      route(place && place !== ROUTES.start ? place : ROUTES.home, true);
    }
    // `route` is another after each change of the address: the place to return to would be asked for again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [stage]);
  if (stage === "signed-in" || stage === "unknown") return <Spinner>Открываем личный кабинет…</Spinner>;
  if (stage === "unreachable" && problem)
    return (
      <>
        <Failure problem={problem} retry={reload} />
        <ContactPhones />
      </>
    );
  return (
    <Page title="Личный кабинет абонента">
      <p class="lead">Счета, оплата, показания</p>
      {error && (
        <Note tone="bad" live>
          <p>{esiaErrorText(error)}</p>
        </Note>
      )}
      <div class="start-cards">
        <section class="card" aria-labelledby="start-sign-in">
          <h2 id="start-sign-in">Вход в личный кабинет</h2>
          <SignInForm onDone={() => route(ROUTES.home)} />
        </section>
        <section class="card" aria-labelledby="start-guest">
          <h2 id="start-guest">Передать показания</h2>
          <p>Без регистрации: понадобятся номер лицевого счета и адрес из квитанции.</p>
          <GuestLookupForm />
        </section>
      </div>
      <section class="card start-pay split" aria-labelledby="start-pay">
        <h2 id="start-pay">Оплатить квитанцию</h2>
        <a class="button button-second" href={ROUTES.guestPay}>
          Без регистрации
        </a>
      </section>
    </Page>
  );
}
