// The desk's frame: what the person's roles open, who they are, the way out; and a screen with its title.
import type { ComponentChildren } from "preact";
import { useLocation } from "preact-iso";
import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useChange } from "../api/change";
import { InlineFailure } from "../ui/feedback";
import { useListKeys } from "./list-keys";
import { KeysHelp } from "./lists";
import { DESK } from "./routes";
import { useDesk } from "./session-context";
import type { Right } from "./types";
import { ROLES } from "./labels";

const SECTIONS: { path: string; title: string; right: Right }[] = [
  { path: DESK.today, title: "Сегодня", right: "signed_in" },
  { path: DESK.requests, title: "Заявки", right: "requests" },
  { path: DESK.residents, title: "Жители", right: "residents" },
  { path: DESK.orders, title: "Платежи", right: "money" },
  { path: DESK.totals, title: "Итоги", right: "money" },
  { path: DESK.bankStatement, title: "Сверка с банком", right: "money" },
  { path: DESK.autopayFailures, title: "Автоплатежи", right: "money" },
  { path: DESK.notices, title: "Уведомления", right: "notices" },
  { path: DESK.registries, title: "Реестры", right: "imports" },
  { path: DESK.suppliers, title: "Организации", right: "suppliers" },
  { path: DESK.webhook, title: "События для биллинга", right: "suppliers" },
  { path: DESK.exports, title: "Реестры организациям", right: "exports" },
  { path: DESK.mail, title: "Письма", right: "mail" },
  { path: DESK.staff, title: "Сотрудники", right: "staff" },
  { path: DESK.audit, title: "Журнал", right: "audit" },
];

export function Layout({ children }: { children: ComponentChildren }) {
  const { me, may, signOut } = useDesk();
  const { path } = useLocation();
  const signingOut = useChange();
  const [helps, setHelps] = useState(false);
  const letters = useListKeys(useCallback(() => setHelps(true), []));
  const isHere = (section: string) =>
    section === DESK.today ? path === section || path === "/desk" : path.startsWith(section);
  return (
    <>
      <a class="skip" href="#desk-main">
        К содержанию
      </a>
      <header class="desk-head">
        <nav aria-label="Разделы">
          <ul>
            {SECTIONS.filter((section) => may(section.right)).map((section) => (
              <li key={section.path}>
                <a href={section.path} aria-current={isHere(section.path) ? "page" : undefined}>
                  {section.title}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="desk-own">
          <p>
            <a
              href={DESK.passkeys}
              aria-label={`${me.name}: вход и ключи доступа`}
              aria-current={isHere(DESK.passkeys) ? "page" : undefined}
            >
              {me.name}
            </a>{" "}
            <span class="muted">({me.roles.map((role) => ROLES[role]).join(", ")})</span>
          </p>
          <button
            type="button"
            class="button button-quiet"
            aria-keyshortcuts={letters.on ? "?" : undefined}
            onClick={() => setHelps(true)}
          >
            Клавиши
          </button>
          <button
            type="button"
            class="button button-quiet"
            aria-disabled={signingOut.busy}
            onClick={() => signingOut.run(signOut)}
          >
            Выйти
          </button>
        </div>
        {signingOut.problem && <InlineFailure problem={signingOut.problem} />}
      </header>
      <main id="desk-main" tabIndex={-1}>
        {children}
      </main>
      {helps && <KeysHelp letters={letters} onClose={() => setHelps(false)} />}
    </>
  );
}

let firstScreen = true;

export function Screen(props: { title: string; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    document.title = `${props.title} — Рабочее место`;
  }, [props.title]);
  // Before anything can be pressed: later, it would take the focus from the line that a quick key has reached.
  useLayoutEffect(() => {
    if (!firstScreen) heading.current?.focus({ preventScroll: true });
    firstScreen = false;
  }, []);
  return (
    <div class="stack">
      <h1 ref={heading} tabIndex={-1}>
        {props.title}
      </h1>
      {props.children}
    </div>
  );
}
