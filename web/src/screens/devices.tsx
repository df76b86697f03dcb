// Where the cabinet is open: devices, and how to close one that is lost.
import { api, unwrap } from "../api/client";
import { useChange } from "../api/change";
import { useRead } from "../api/query";
import { time } from "../format";
import { Failure, QueryView } from "../ui/feedback";

/** The browser and the system out of a User-Agent, as a person would say it. */
function deviceName(agent: string): string {
  const browser =
    [
      ["YaBrowser", "Яндекс Браузер"],
      ["Edg", "Edge"],
      ["OPR", "Opera"],
      ["Firefox", "Firefox"],
      ["Chrome", "Chrome"],
      ["Safari", "Safari"],
    ].find(([mark]) => agent.includes(mark ?? ""))?.[1] ?? "Браузер";
  const system =
    [
      ["Android", "Android"],
      ["iPhone", "iPhone"],
      ["iPad", "iPad"],
      ["Windows", "Windows"],
      ["Mac OS", "Mac"],
      ["Linux", "Linux"],
    ].find(([mark]) => agent.includes(mark ?? ""))?.[1] ?? "неизвестное устройство";
  return `${browser}, ${system}`;
}

export const DEVICES_READ = { key: "devices", load: () => unwrap(api.GET("/api/profile/sessions")) };

export function Devices() {
  const query = useRead(DEVICES_READ);
  const ending = useChange();
  const end = async (sessionId: string) => {
    const path = { session_id: sessionId };
    await unwrap(api.DELETE("/api/profile/sessions/{session_id}", { params: { path } }));
    query.reload();
  };
  const endOthers = async () => {
    await unwrap(api.DELETE("/api/profile/sessions"));
    query.reload();
  };
  const silence = async (subscriptionId: string) => {
    const path = { subscription_id: subscriptionId };
    await unwrap(api.DELETE("/api/push/subscriptions/{subscription_id}", { params: { path } }));
    query.reload();
  };
  return (
    <section class="card" aria-labelledby="devices">
      <h2 id="devices">Устройства, на которых выполнен вход</h2>
      {ending.problem && <Failure problem={ending.problem} />}
      <QueryView query={query} reserve={240}>
        {({ items, pushes }) => (
          <>
            <ul class="plain-list">
              {items.map((device) => (
                <li key={device.session_id} class="split">
                  <span>
                    <strong>{deviceName(device.user_agent)}</strong>{" "}
                    {device.current && <span class="tag tag-good">это устройство</span>}
                    <br />
                    <span class="muted">Последняя активность: {time(device.seen_at)}</span>
                  </span>
                  {!device.current && (
                    <button
                      type="button"
                      class="button button-second"
                      aria-disabled={ending.busy}
                      onClick={() => ending.run(() => end(device.session_id))}
                    >
                      Завершить сеанс<span class="sr-only">: {deviceName(device.user_agent)}</span>
                    </button>
                  )}
                </li>
              ))}
            </ul>
            {items.length > 2 && (
              <button
                type="button"
                class="button button-second"
                aria-disabled={ending.busy}
                onClick={() => ending.run(endOthers)}
              >
                Завершить все остальные сеансы
              </button>
            )}
            {pushes.length > 0 && (
              <>
                <h3>Уведомления приходят сюда</h3>
                <ul class="plain-list">
                  {pushes.map((browser) => (
                    <li key={browser.subscription_id} class="split">
                      <span>
                        <strong>{deviceName(browser.user_agent)}</strong>{" "}
                        {browser.current && <span class="tag tag-good">это устройство</span>}
                        <br />
                        <span class="muted">Включены: {time(browser.renewed_at)}</span>
                      </span>
                      <button
                        type="button"
                        class="button button-second"
                        aria-disabled={ending.busy}
                        onClick={() => ending.run(() => silence(browser.subscription_id))}
                      >
                        Отключить<span class="sr-only"> уведомления: {deviceName(browser.user_agent)}</span>
                      </button>
                    </li>
                  ))}
                </ul>
              </>
            )}
          </>
        )}
      </QueryView>
    </section>
  );
}
