// The sections of the cabinet: a column beside the content on a wide screen; on a phone a sheet that «Ещё» unfolds.
import { useLocation } from "preact-iso";
import type { Feature, Home } from "../api/types";
import { ROUTES } from "../routes";
import { useSession } from "../session-context";
import { Icon, type IconName } from "../ui/icons";
import "./nav.css";

interface Section {
  path: string;
  title: string;
  icon: IconName;
  /** Shown only when the account's supplier offers it. */
  feature?: Feature;
  counter?: keyof Home["counters"];
}

/** «Главная», then all in the manual's order. */
const SECTIONS: Section[] = [
  { path: ROUTES.home, title: "Главная", icon: "home" },
  { path: ROUTES.summary, title: "Общая информация", icon: "wallet" },
  { path: ROUTES.services, title: "Детализация по услугам", icon: "list" },
  { path: ROUTES.charges, title: "Детализация начислений", icon: "table" },
  { path: ROUTES.payments, title: "История оплат", icon: "history" },
  { path: ROUTES.readings, title: "Передать показания", icon: "gauge" },
  { path: ROUTES.meters, title: "Информация об ИПУ", icon: "info" },
  { path: ROUTES.documents, title: "Документы", icon: "file" },
  { path: ROUTES.requests, title: "Заявки", icon: "chat", feature: "requests", counter: "requests" },
  { path: ROUTES.notices, title: "Уведомления", icon: "bell", feature: "notices", counter: "notices" },
  { path: ROUTES.cart, title: "Корзина", icon: "cart", feature: "payments", counter: "cart" },
];

/** The sections that the current account's supplier offers. */
export function useSections(): Section[] {
  const { account, bindings } = useSession();
  // Until the account is known everything is shown: what nearly every supplier offers must not appear later.
  return SECTIONS.filter(
    (section) => !section.feature || !bindings || account?.features.includes(section.feature),
  );
}

function Counter({ count }: { count: number }) {
  return <span class={`counter ${count ? "counter-some" : ""}`}>{count}</span>;
}

export function SectionNav({ open }: { open: boolean }) {
  const { path } = useLocation();
  const { home } = useSession();
  const sections = useSections();
  return (
    <nav id="sections" class={`sections ${open ? "sections-open" : ""}`} aria-label="Разделы">
      <ul>
        {sections.map((section) => (
          <li key={section.path}>
            <a href={section.path} aria-current={path === section.path ? "page" : undefined}>
              <Icon name={section.icon} />
              <span>{section.title}</span>
              {section.counter && home && <Counter count={home.counters[section.counter]} />}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
