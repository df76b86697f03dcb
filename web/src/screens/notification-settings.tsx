// «Уведомления»: what comes by mail and what comes to browsers, and whether this browser shows anything at all.
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { useChange } from "../api/change";
import { useRead } from "../api/query";
import type { Notifications } from "../api/types";
import { useSession } from "../session-context";
import { Failure, QueryView, Note } from "../ui/feedback";
import { Page } from "../ui/page";
import { Cell, Row, Table } from "../ui/table";
import { DEVICES_READ } from "./devices";
import { canPush, isDenied, subscribe, unsubscribe } from "./push-subscription";
import "./notification-settings.css";

type Kind = keyof Notifications;
type Channel = Notifications[Kind][number];

const KINDS: [Kind, string][] = [
  ["emergencies", "Аварии и отключения в доме"],
  ["notices", "Уведомления организации"],
  ["receipts", "Новые квитанции"],
  ["reminders", "Напоминания о показаниях и оплате"],
  ["payments", "Платежи, возвраты и автоплатёж"],
  ["requests", "Ответы на заявки"],
];
const CHANNELS: [Channel, string][] = [
  ["email", "Почта"],
  ["push", "На устройства"],
];
/** What happened to money, and danger, are always mailed. */
const ALWAYS_MAILED: Kind[] = ["emergencies", "payments"];

const SETTINGS_READ = { key: "notifications", load: () => unwrap(api.GET("/api/profile/notifications")) };

export function NotificationSettingsScreen() {
  const query = useRead(SETTINGS_READ);
  const devices = useRead(DEVICES_READ);
  return (
    <Page
      title="Уведомления"
      lead={
        <p>
          Выберите, о чём и как Вам сообщать. Об авариях сообщаем в любое время, об остальном — с 8 до 22.
        </p>
      }
    >
      <ThisBrowser />
      {(devices.data || devices.problem) && (
        <section class="card" aria-labelledby="choice">
          <h2 id="choice">О чём и как сообщать</h2>
          <QueryView query={query} reserve={320}>
            {(chosen) => <ChannelsByKind shown={chosen} onSaved={query.reload} />}
          </QueryView>
        </section>
      )}
    </Page>
  );
}

function ChannelsByKind({ shown, onSaved }: { shown: Notifications; onSaved: () => void }) {
  const change = useChange();
  const [wanted, setWanted] = useState(shown);
  const [saved, setSaved] = useState(false);
  const turn = (kind: Kind, channel: Channel, on: boolean) => {
    setSaved(false);
    const others = wanted[kind].filter((each) => each !== channel);
    setWanted({ ...wanted, [kind]: on ? [...others, channel] : others });
  };
  const save = async () => {
    setSaved(false);
    setWanted(await unwrap(api.PUT("/api/profile/notifications", { body: wanted })));
    setSaved(true);
    onSaved();
  };
  return (
    <>
      <Table
        caption="О чём и как сообщать"
        hideCaption
        columns={[{ title: "О чём" }, ...CHANNELS.map(([, title]) => ({ title }))]}
      >
        {KINDS.map(([kind, title]) => (
          <Row key={kind}>
            <Cell column="О чём" head>
              {title}
            </Cell>
            {CHANNELS.map(([channel, channelTitle]) => {
              const fixed = channel === "email" && ALWAYS_MAILED.includes(kind);
              return (
                <Cell column={channelTitle} key={channel} class="cell-check">
                  <label class="check-alone">
                    <input
                      type="checkbox"
                      checked={wanted[kind].includes(channel)}
                      disabled={fixed}
                      onChange={(event) => turn(kind, channel, event.currentTarget.checked)}
                    />
                    <span class="sr-only">
                      {title}: {channelTitle}
                    </span>
                    {fixed && <span class="muted">всегда</span>}
                  </label>
                </Cell>
              );
            })}
          </Row>
        ))}
      </Table>
      <p class="muted">
        Почта о квитанциях, показаниях и уведомлениях организации выбирается и для каждого лицевого счета
        отдельно, в «Рассылке уведомлений». Здесь она меняется сразу для всех счетов.
      </p>
      {change.problem && <Failure problem={change.problem} />}
      {saved && (
        <Note tone="good" live>
          <p>Изменения сохранены.</p>
        </Note>
      )}
      <div class="actions">
        <button
          type="button"
          class="button button-main"
          aria-disabled={change.busy}
          onClick={() => change.run(save)}
        >
          {change.busy ? "Сохраняем…" : "Сохранить"}
        </button>
      </div>
    </>
  );
}

/** What this browser is asked for is explained before the browser itself asks. */
function ThisBrowser() {
  const { profile } = useSession();
  const query = useRead(DEVICES_READ);
  const change = useChange();
  const [explained, setExplained] = useState(false);
  const [refused, setRefused] = useState(isDenied);
  const turnOn = async () => {
    const outcome = await subscribe(profile?.user_id ?? "");
    setRefused(outcome === "refused");
    setExplained(false);
    query.reload();
  };
  const turnOff = (subscriptionId: string) => async () => {
    await unsubscribe(subscriptionId);
    query.reload();
  };
  return (
    <section class="card" aria-labelledby="this-browser">
      <h2 id="this-browser">Уведомления на этом устройстве</h2>
      <QueryView query={query}>
        {({ pushes }) => {
          const own = pushes.find((each) => each.current);
          if (!canPush())
            return (
              <p>
                Этот браузер не умеет показывать уведомления. На iPhone и iPad сначала добавьте кабинет на
                экран «Домой» и откройте его оттуда.
              </p>
            );
          return (
            <>
              {own ? (
                <p>Включены. Нажмите на уведомление, и откроется нужная страница кабинета.</p>
              ) : (
                <p>Выключены. Об аварии или ответе на заявку Вы узнаете сразу, не открывая почту.</p>
              )}
              {refused && !own && (
                <Note tone="warn" live>
                  <p>
                    Браузер не разрешил уведомления. Разрешите их этому сайту в настройках браузера и нажмите
                    кнопку ещё раз.
                  </p>
                </Note>
              )}
              {explained && !own && (
                <Note tone="info" live>
                  <p>
                    Сейчас браузер спросит, можно ли показывать уведомления. В них нет ни сумм, ни адреса, ни
                    имени: только о чём сообщение. Отключить их можно здесь в любой момент.
                  </p>
                </Note>
              )}
              {change.problem && <Failure problem={change.problem} />}
              <div class="actions">
                {own ? (
                  <button
                    type="button"
                    class="button button-second"
                    aria-disabled={change.busy}
                    onClick={() => change.run(turnOff(own.subscription_id))}
                  >
                    Отключить на этом устройстве
                  </button>
                ) : (
                  <button
                    type="button"
                    class="button button-main"
                    aria-disabled={change.busy}
                    onClick={() => (explained ? change.run(turnOn) : setExplained(true))}
                  >
                    {change.busy ? "Включаем…" : explained ? "Понятно, включить" : "Включить уведомления"}
                  </button>
                )}
              </div>
            </>
          );
        }}
      </QueryView>
    </section>
  );
}
