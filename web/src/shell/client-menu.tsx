// The client menu at the upper right: «Выбор лицевого счета», «Настройки», «Выход».
import { useLocation } from "preact-iso";
import { useEffect, useRef, useState } from "preact/hooks";
import { useChange } from "../api/change";
import { ROUTES } from "../routes";
import { useSession } from "../session";
import { Icon } from "../ui/icons";
import { InlineFailure } from "../ui/feedback";
import { useDismiss } from "./dismiss";
import "./client-menu.css";

export function ClientMenu() {
  const { profile, signOut } = useSession();
  const { path, route } = useLocation();
  const [open, setOpen] = useState(false);
  const leaving = useChange();
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => setOpen(false), [path]);
  useDismiss(root, open, () => setOpen(false));

  const leave = async () => {
    await signOut();
    route(ROUTES.start, true);
  };
  const name = profile?.email ?? "Госуслуги";
  return (
    <div
      class="client-menu"
      ref={root}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        setOpen(false);
        button.current?.focus();
      }}
    >
      <button
        ref={button}
        type="button"
        class="button button-quiet client-button"
        aria-expanded={open}
        aria-label={`Клиентское меню, ${name}`}
        onClick={() => setOpen(!open)}
      >
        <Icon name="person" />
        <span class="client-name">{name}</span>
        <Icon name="down" />
      </button>
      {open && (
        <ul class="client-list">
          <li>
            <a href={ROUTES.accounts}>
              <Icon name="list" /> Выбор лицевого счета
            </a>
          </li>
          <li>
            <a href={ROUTES.settings}>
              <Icon name="settings" /> Настройки
            </a>
          </li>
          <li>
            <button type="button" onClick={() => leaving.run(leave)}>
              <Icon name="exit" /> Выход
            </button>
          </li>
          {leaving.problem && (
            <li>
              <InlineFailure problem={leaving.problem} />
            </li>
          )}
        </ul>
      )}
    </div>
  );
}
