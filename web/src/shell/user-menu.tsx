// The client menu at the upper right: «Выбор лицевого счета», «Настройки», «Выход».
import { useLocation } from "preact-iso";
import { useEffect, useRef, useState } from "preact/hooks";
import { useChange } from "../api/change";
import { ROUTES } from "../routes";
import { useSession } from "../session-context";
import { Icon } from "../ui/icons";
import { InlineFailure } from "../ui/feedback";
import { useDismiss } from "./dismiss";
import "./user-menu.css";

export function UserMenu() {
  const { profile, signOut } = useSession();
  const { path, route } = useLocation();
  const [open, setOpen] = useState(false);
  const signingOut = useChange();
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => setOpen(false), [path]);
  useDismiss(root, open, () => setOpen(false));

  const signOutAndGoToStart = async () => {
    await signOut();
    route(ROUTES.start, true);
  };
  const name = profile?.email ?? "Госуслуги";
  return (
    <div
      class="user-menu"
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
        class="button button-quiet user-button"
        aria-expanded={open}
        aria-label={`Клиентское меню, ${name}`}
        onClick={() => setOpen(!open)}
      >
        <Icon name="person" />
        <span class="user-name">{name}</span>
        <Icon name="down" />
      </button>
      {open && (
        <ul class="user-list">
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
            <button type="button" onClick={() => signingOut.run(signOutAndGoToStart)}>
              <Icon name="exit" /> Выход
            </button>
          </li>
          {signingOut.problem && (
            <li>
              <InlineFailure problem={signingOut.problem} />
            </li>
          )}
        </ul>
      )}
    </div>
  );
}
