// «Передать показания» of a signed-in subscriber.
import { api, ask } from "../api/client";
import { forgetKey, keyFor } from "../api/idempotency";
import { refresh, useQuery } from "../api/query";
import type { Binding, NewReading } from "../api/types";
import { AccountPage } from "../shell/account-line";
import { Loaded } from "../ui/feedback";
import { PreviousReadings } from "./previous-readings";
import { ReadingsForm } from "./readings-form";

export function ReadingsScreen() {
  return <AccountPage title="Передать показания">{(account) => <ReadingsOf account={account} />}</AccountPage>;
}

function ReadingsOf({ account }: { account: Binding }) {
  const id = account.account_id;
  const query = useQuery(`readings-form:${id}`, () =>
    ask(api.GET("/api/accounts/{account_id}/readings/form", { params: { path: { account_id: id } } })),
  );
  const send = async (takenOn: string, readings: NewReading[]) => {
    const body = { taken_on: takenOn, readings };
    const answer = await ask(
      api.POST("/api/accounts/{account_id}/readings", {
        params: { path: { account_id: id }, header: { "Idempotency-Key": keyFor("readings", [id, body]) } },
        body,
      }),
    );
    forgetKey("readings");
    return answer;
  };
  return (
    <Loaded query={query}>
      {(form) => (
        <>
          <p>
            Введите новое показание прибора учета или объем изменения, дату снятия показания и нажмите «Передать показания».
          </p>
          <ReadingsForm
            window={form.window}
            meters={form.meters}
            send={send}
            previous={(meter) => <PreviousReadings accountId={id} meterId={meter.meter_id} meterName={`${meter.service}, № ${meter.number}`} />}
            onAccepted={() => {
              scrollTo(0, 0);
              refresh(`readings-form:${id}`);
              refresh(`meter-readings:${id}`);
              refresh(`meters:${id}`);
            }}
          />
        </>
      )}
    </Loaded>
  );
}
