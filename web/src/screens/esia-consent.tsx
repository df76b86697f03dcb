// The first sign-in through Госуслуги: a cabinet is made only after the consent.
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import { ROUTES } from "../routes";
import { useSession } from "../session-context";
import { ConsentField, useConsent } from "../ui/consent";
import { QueryView } from "../ui/feedback";
import { Form, Submit, useForm } from "../ui/form";
import { Page } from "../ui/page";

export function EsiaConsent() {
  const { route } = useLocation();
  const { startSession } = useSession();
  const form = useForm("esia-consent");
  const consent = useConsent();
  const newcomer = useQuery("newcomer", () => unwrap(api.GET("/api/auth/esia/registrations/current")));
  const [agreed, setAgreed] = useState(false);
  const agree = async () => {
    const version = consent.data?.version ?? "";
    await unwrap(api.POST("/api/auth/esia/registrations", { body: { consent: { version } } }));
    startSession();
    route(ROUTES.home, true);
  };
  return (
    <Page title="Первый вход через Госуслуги" class="narrow">
      <p>
        Личного кабинета с этой учетной записью Госуслуг ещё нет. Чтобы создать его, примите согласие на
        обработку персональных данных.
      </p>
      <QueryView query={newcomer}>
        {({ email, phone }) => (
          <>
            {(email || phone) && <p>Из Госуслуг получены: {[email, phone].filter(Boolean).join(", ")}.</p>}
            <Form
              form={form}
              label="Первый вход через Госуслуги"
              check={() => ({
                consent:
                  !agreed && "Без согласия на обработку персональных данных создать личный кабинет нельзя",
              })}
              act={agree}
            >
              <ConsentField consent={consent} checked={agreed} onChecked={setAgreed} />
              <div class="actions">
                <Submit busy="Создаём…">Создать личный кабинет</Submit>
                <a href={ROUTES.start}>Отмена</a>
              </div>
            </Form>
          </>
        )}
      </QueryView>
    </Page>
  );
}
