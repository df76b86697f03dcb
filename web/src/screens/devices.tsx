// Where the cabinet is open: devices, and how to close one that is lost.
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { Problem } from "../api/problem";
import { useQuery } from "../api/query";
import { time } from "../format";
import { Loaded, Note } from "../ui/feedback";

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

export function Devices() {
  const query = useQuery("devices", () => ask(api.GET("/api/profile/sessions")));
  const [failed, setFailed] = useState<string | null>(null);
  const end = (sessionId: string) => {
    setFailed(null);
    ask(
      api.DELETE("/api/profile/sessions/{session_id}", { params: { path: { session_id: sessionId } } }),
    ).then(query.reload, (reason: unknown) =>
      setFailed(reason instanceof Problem ? reason.message : "Не получилось. Повторите попытку."),
    );
  };
  const endOthers = () => {
    setFailed(null);
    ask(api.DELETE("/api/profile/sessions")).then(query.reload, (reason: unknown) =>
      setFailed(reason instanceof Problem ? reason.message : "Не получилось. Повторите попытку."),
    );
  };
  return (
    <section class="card" aria-labelledby="devices">
      <h2 id="devices">Устройства, на которых выполнен вход</h2>
      {failed && (
        <Note tone="bad" live>
          <p>{failed}</p>
        </Note>
      )}
      <Loaded query={query}>
        {({ items }) => (
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
                    <button type="button" class="button button-second" onClick={() => end(device.session_id)}>
                      Завершить сеанс<span class="sr-only">: {deviceName(device.user_agent)}</span>
                    </button>
                  )}
                </li>
              ))}
            </ul>
            {items.length > 2 && (
              <button type="button" class="button button-second" onClick={endOthers}>
                Завершить все остальные сеансы
              </button>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}
