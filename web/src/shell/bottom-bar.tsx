// The bar at the foot of a phone's screen: the chores of every month at the thumb, and «Ещё» for all the rest.
import type { RefObject } from "preact";
import { useLocation } from "preact-iso";
import { ROUTES } from "../routes";
import { useSession } from "../session-context";
import { Icon, type IconName } from "../ui/icons";
import { useSections } from "./nav";
import "./bottom-bar.css";

interface BarItem {
  path: string;
  title: string;
  icon: IconName;
}

const HOME: BarItem = { path: ROUTES.home, title: "Главная", icon: "home" };
const CART: BarItem = { path: ROUTES.cart, title: "Оплата", icon: "cart" };
const READINGS: BarItem = { path: ROUTES.readings, title: "Показания", icon: "gauge" };
const REQUESTS: BarItem = { path: ROUTES.requests, title: "Заявки", icon: "chat" };

/** How much waits behind an item; the words are for screen readers. */
function Badge({ count, words }: { count: number | undefined; words: string }) {
  if (!count) return null;
  return (
    <span class="badge">
      <span class="sr-only">, {words}: </span>
      {count > 99 ? "99+" : count}
    </span>
  );
}

export function BottomBar(props: {
  open: boolean;
  onMore: () => void;
  button: RefObject<HTMLButtonElement | null>;
}) {
  const { path } = useLocation();
  const { home } = useSession();
  const sections = useSections();
  // What the account's supplier does not offer is left out here as well.
  const items = [HOME, CART, READINGS, REQUESTS].filter((item) =>
    sections.some((section) => section.path === item.path),
  );
  return (
    <nav class="bottom-bar" aria-label="Главное">
      {items.map((item) => (
        <a key={item.path} href={item.path} aria-current={path === item.path ? "page" : undefined}>
          <Icon name={item.icon} />
          {item.title}
          {item === CART && <Badge count={home?.counters.cart} words="в корзине" />}
          {item === REQUESTS && <Badge count={home?.counters.requests} words="новых ответов" />}
        </a>
      ))}
      <button
        ref={props.button}
        type="button"
        aria-expanded={props.open}
        aria-controls="sections"
        onClick={props.onMore}
      >
        <Icon name={props.open ? "close" : "menu"} />
        Ещё
        <Badge count={home?.counters.notices} words="непрочитанных уведомлений" />
      </button>
    </nav>
  );
}
