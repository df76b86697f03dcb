// What surrounds every screen: the head with the client menu, the sections, the word about the lost network, the foot.
import type { ComponentChildren } from "preact";
import { useLocation } from "preact-iso";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ROUTES } from "../routes";
import { useSession } from "../session-context";
import { time } from "../format";
import { Note } from "../ui/feedback";
import { Icon } from "../ui/icons";
import { FrameContext } from "../ui/page";
import { BottomBar } from "./bottom-bar";
import { BrandLogo, Phones, useBrandColours } from "./branding";
import { UserMenu } from "./user-menu";
import { useDismiss } from "./dismiss";
import { SectionNav } from "./nav";
import { VisitorPhones } from "./site";
import "./layout.css";

/** How old the first screen may be when another screen is opened, or the page is shown again. */
const STALE_MS = 60_000;

function OfflineBanner() {
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
          <Icon name="warning" /> Нет связи с интернетом. Когда она появится, страница обновится сама.
        </p>
      )}
    </div>
  );
}

/** The bar of a phone and the sections that it unfolds; on a wide screen the sections alone, always in sight. */
function Navigation() {
  const { path } = useLocation();
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => setOpen(false), [path]);
  useDismiss(root, open, () => setOpen(false));
  return (
    <div
      class="navigation"
      ref={root}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        setOpen(false);
        button.current?.focus();
      }}
    >
      <BottomBar open={open} onMore={() => setOpen(!open)} button={button} />
      <SectionNav open={open} />
    </div>
  );
}

/** An emergency is shown below every title until it ends; an open page learns of both. */
function Emergencies() {
  const { home, refreshHome } = useSession();
  const { path } = useLocation();
  useEffect(() => refreshHome(STALE_MS), [path, refreshHome]);
  useEffect(() => {
    const look = () => document.visibilityState === "visible" && refreshHome(STALE_MS);
    addEventListener("visibilitychange", look);
    return () => removeEventListener("visibilitychange", look);
  }, [refreshHome]);
  if (!home?.emergencies.length) return null;
  return (
    <section class="emergencies" aria-label="Аварии">
      {home.emergencies.map((emergency) => (
        <Note key={emergency.notice_id} tone="bad">
          <p>
            <a href={ROUTES.notices}>{emergency.title}</a>
            {emergency.until && `, до ${time(emergency.until)}`}
          </p>
        </Note>
      ))}
    </section>
  );
}

export function Layout({ children }: { children: ComponentChildren }) {
  const { stage, account } = useSession();
  useBrandColours(account?.branding ?? undefined);
  // While the profile loads the layout is already drawn, so that nothing jumps when it comes.
  const inside = stage !== "guest" && stage !== "unreachable";
  const loading = stage === "unknown";
  const frame = useMemo(() => ({ notice: inside && <Emergencies />, loading }), [inside, loading]);
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
        <a class="brand" href={inside ? ROUTES.home : ROUTES.start}>
          <BrandLogo branding={account?.branding ?? undefined} />
          <span>{account?.branding?.name || "Личный кабинет"}</span>
        </a>
        {inside && <UserMenu />}
      </header>
      <OfflineBanner />
      {inside && <Navigation />}
      <main id="content" class="content" tabIndex={-1}>
        <FrameContext.Provider value={frame}>{children}</FrameContext.Provider>
      </main>
      <footer class="foot">
        <p>
          По вопросам использования личного кабинета и начислений Вы можете обращаться в управляющую
          (ресурсоснабжающую) компанию.
        </p>
        {inside ? <Phones phones={account?.branding?.phones} /> : <VisitorPhones />}
        <p>
          <a href={ROUTES.help}>Инструкция по использованию личного кабинета</a>
        </p>
      </footer>
    </div>
  );
}
