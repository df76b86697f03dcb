// The bar at the foot of a phone's screen: the chores of every month at the thumb, and «Ещё» for all the rest.
import type { RefObject } from "preact";
import { useLocation } from "preact-iso";
import { ROUTES } from "../routes";
import { useSession } from "../session";
import { Icon, type IconName } from "../ui/icons";
import { useSections } from "./sections";
import "./bottom-bar.css";

interface Chore {
  path: string;
  title: string;
  icon: IconName;
}

const HOME: Chore = { path: ROUTES.home, title: "Главная", icon: "home" };
const PAYING: Chore = { path: ROUTES.cart, title: "Оплата", icon: "cart" };
const READINGS: Chore = { path: ROUTES.readings, title: "Показания", icon: "gauge" };
const REQUESTS: Chore = { path: ROUTES.requests, title: "Заявки", icon: "chat" };

/** How much waits behind an item; the words are for whoever does not see where the number stands. */
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
  const chores = [HOME, PAYING, READINGS, REQUESTS].filter((chore) =>
    sections.some((section) => section.path === chore.path),
  );
  return (
    <nav class="bottom-bar" aria-label="Главное">
      {chores.map((chore) => (
        <a key={chore.path} href={chore.path} aria-current={path === chore.path ? "page" : undefined}>
          <Icon name={chore.icon} />
          {chore.title}
          {chore === PAYING && <Badge count={home?.counters.cart} words="в корзине" />}
          {chore === REQUESTS && <Badge count={home?.counters.requests} words="новых ответов" />}
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
