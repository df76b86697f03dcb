// The check of a supplier's contracts with banks: asked for here, tried by a worker, shown when it is done.
import { useEffect } from "preact/hooks";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import { time } from "../format";
import { InlineFailure, QueryView } from "../ui/feedback";
import type { BankCheckState } from "./types";

const POLL_MS = 1500;

export function BankCheck({ supplierId }: { supplierId: string }) {
  const params = { path: { supplier_id: supplierId } };
  const query = useQuery<BankCheckState>(`bank-check:${supplierId}`, () =>
    unwrap(api.GET("/api/staff/suppliers/{supplier_id}/check-bank", { params })),
  );
  const asking = useChange();
  const { data, reload } = query;
  useEffect(() => {
    if (data?.state !== "asked") return;
    const timer = setTimeout(reload, POLL_MS);
    return () => clearTimeout(timer);
  }, [data, reload]);
  const check = async () =>
    query.setData(await unwrap(api.POST("/api/staff/suppliers/{supplier_id}/check-bank", { params })));
  return (
    <section class="card stack" aria-labelledby="bank">
      <h2 id="bank">Договор с банком</h2>
      <p>
        Проверим, есть ли секрет, принимает ли банк логин и пароль и отвечает ли адрес, по которому банк
        сообщает об оплате. Денег это не касается.
      </p>
      <div class="actions">
        <button
          type="button"
          class="button button-second"
          aria-disabled={asking.busy}
          onClick={() => asking.run(check)}
        >
          Проверить договор
        </button>
        {asking.problem && <InlineFailure problem={asking.problem} />}
      </div>
      <QueryView query={query} reserve={24}>
        {(found) => (
          <div role="status">
            {found.state === "asked" && <p>Спрашиваем банк…</p>}
            {found.state === "done" && (
              <>
                <p>
                  {found.checked_at && time(found.checked_at)}, {found.asked_by}:{" "}
                  <strong>
                    {found.findings.every((each) => each.is_right) ? "всё в порядке" : "есть что исправить"}
                  </strong>
                </p>
                <ul class="points">
                  {found.findings.map((each) => (
                    <li key={each.text} class={each.is_right ? "" : "late"}>
                      {each.is_right ? "Верно: " : "Неверно: "}
                      {each.text}
                    </li>
                  ))}
                </ul>
              </>
            )}
          </div>
        )}
      </QueryView>
    </section>
  );
}
