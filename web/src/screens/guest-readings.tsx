// «Передать показания» without registration: no name, no debt, only the meters.
import { useLocation } from "preact-iso";
import { useEffect } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { clearIdempotencyKey, idempotencyKey } from "../api/idempotency";
import type { NewReading } from "../api/types";
import { ROUTES } from "../routes";
import { Page } from "../ui/page";
import { getFoundAccount } from "./guest-lookup";
import { ReadingsForm } from "./readings-form";

export function GuestReadings() {
  const { route } = useLocation();
  const found = getFoundAccount();
  useEffect(() => {
    if (!found) route(ROUTES.start, true);
    // Once: what was found does not get lost while the page is open.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  if (!found) return null;
  const { lookup, accountNumber } = found;
  const send = async (takenOn: string, readings: NewReading[]) => {
    const body = { token: lookup.token, taken_on: takenOn, readings };
    const key = idempotencyKey("guest", [accountNumber, takenOn, readings]);
    const answer = await unwrap(
      api.POST("/api/guest/readings", { params: { header: { "Idempotency-Key": key } }, body }),
    );
    clearIdempotencyKey("guest");
    return answer;
  };
  return (
    <Page title="Передать показания">
      <p>
        Лицевой счет: <strong>{accountNumber}</strong>
      </p>
      <ReadingsForm
        draft={accountNumber}
        window={lookup.window}
        meters={lookup.meters}
        send={send}
        onAccepted={() => scrollTo(0, 0)}
      />
      <p class="actions">
        <a href={ROUTES.start}>На главную страницу</a>
      </p>
    </Page>
  );
}
