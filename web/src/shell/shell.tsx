// What surrounds every screen: the head with the client menu, the sections, the word about the lost network, the foot.
import type { ComponentChildren } from "preact";
import { useLocation } from "preact-iso";
import { useEffect, useRef, useState } from "preact/hooks";
import { ROUTES } from "../routes";
import { useSession } from "../session";
import { Icon } from "../ui/icons";
import { ClientMenu } from "./client-menu";
import { Sections } from "./sections";
import "./shell.css";

function Offline() {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return (
    <div role="status" class="offline-place">
      {!online && (
        <p class="offline">
          <Icon name="warning" /> Нет связи с интернетом. То, что Вы ввели, не потеряется — продолжите, когда
          связь появится.
        </p>
      )}
    </div>
  );
}

export function Shell({ children }: { children: ComponentChildren }) {
  const { stage } = useSession();
  const { path } = useLocation();
  // While the profile is on its way the frame already stands, so that nothing jumps when it comes.
  const inside = stage !== "guest" && stage !== "unreachable";
  const [menu, setMenu] = useState(false);
  const menuButton = useRef<HTMLButtonElement>(null);
  useEffect(() => setMenu(false), [path]);
  return (
    <div class={`shell ${inside ? "shell-inside" : ""}`}>
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          const content = document.getElementById("content");
          content?.focus();
          content?.scrollIntoView();
        }}
      >
        Перейти к содержанию
      </a>
      <header class="head">
        <a class="brand" href={inside ? ROUTES.summary : ROUTES.start}>
          <img src="/favicon.svg" alt="" width="36" height="36" />
          <span>Личный кабинет</span>
        </a>
        {inside && (
          <>
            <ClientMenu />
            <button
              ref={menuButton}
              type="button"
              class="button button-quiet menu-button"
              aria-expanded={menu}
              aria-controls="sections"
              onClick={() => setMenu(!menu)}
            >
              <Icon name={menu ? "close" : "menu"} /> Меню
            </button>
          </>
        )}
      </header>
      <Offline />
      {inside && (
        <Sections
          open={menu}
          onEscape={() => {
            setMenu(false);
            menuButton.current?.focus();
          }}
        />
      )}
      <main id="content" class="content" tabIndex={-1}>
        {children}
      </main>
      <footer class="foot">
        <p>
          По вопросам использования личного кабинета и начислений Вы можете обращаться в управляющую
          (ресурсоснабжающую) компанию.
        </p>
        <p>
          <a href={ROUTES.help}>Инструкция по использованию личного кабинета</a>
        </p>
      </footer>
    </div>
  );
}
