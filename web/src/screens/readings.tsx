// «Передать показания» of a signed-in subscriber.
import { readingsFormRead } from "../api/account-reads";
import { api, unwrap } from "../api/client";
import { clearIdempotencyKey, idempotencyKey } from "../api/idempotency";
import { Problem } from "../api/problem";
import { refresh, useRead } from "../api/query";
import type { Binding, NewReading } from "../api/types";
import { AccountPage } from "../shell/account-header";
import { QueryView } from "../ui/feedback";
import { PreviousReadings } from "./previous-readings";
import { ReadingsForm } from "./readings-form";

export function ReadingsScreen() {
  return (
    <AccountPage title="Передать показания" reads={(id) => [readingsFormRead(id)]}>
      {(account) => <ReadingsContent account={account} />}
    </AccountPage>
  );
}

function ReadingsContent({ account }: { account: Binding }) {
  const id = account.account_id;
  const query = useRead(readingsFormRead(id));
  const send = async (takenOn: string, readings: NewReading[]) => {
    const body = { taken_on: takenOn, readings };
    const answer = await unwrap(
      api.POST("/api/accounts/{account_id}/readings", {
        params: {
          path: { account_id: id },
          header: { "Idempotency-Key": idempotencyKey("readings", [id, body]) },
        },
        body,
      }),
    );
    clearIdempotencyKey("readings");
    return answer;
  };
  const refreshReadings = () => {
    refresh(`readings-form:${id}`);
    refresh(`meter-readings:${id}`);
    refresh(`meters:${id}`);
  };
  const withdraw = async (readingId: string) => {
    try {
      await unwrap(
        api.DELETE("/api/accounts/{account_id}/readings/{reading_id}", {
          params: { path: { account_id: id, reading_id: readingId } },
        }),
      );
      refreshReadings();
    } catch (reason) {
      if (!(reason instanceof Problem) || reason.status !== 404) throw reason;
      // From another device, perhaps, or by a try whose answer was lost.
      refreshReadings();
      throw new Problem(
        404,
        "reading_gone",
        "Это показание уже отозвано или заменено другим. Посмотрите, какие показания действуют сейчас.",
      );
    }
  };
  return (
    <QueryView query={query}>
      {(form) => (
        <>
          <p class="wide-words">
            Введите новое показание прибора учета или объем изменения, дату снятия показания и нажмите
            «Передать показания».
          </p>
          <ReadingsForm
            draft={id}
            window={form.window}
            meters={form.meters}
            send={send}
            previous={(meter) => (
              <PreviousReadings
                accountId={id}
                meterId={meter.meter_id}
                meterName={`${meter.service}, № ${meter.number}`}
                zones={meter.zones}
              />
            )}
            onAccepted={() => {
              scrollTo(0, 0);
              refreshReadings();
            }}
            requestsFor={account.features.includes("requests") ? account : undefined}
            withdraw={withdraw}
            stale={query.loading}
          />
        </>
      )}
    </QueryView>
  );
}
