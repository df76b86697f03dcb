// The sections of the cabinet: a column beside the content on a wide screen, an unfolding list on a phone.
import { useLocation } from "preact-iso";
import { useSession } from "../session";
import { Icon } from "../ui/icons";
import { SECTIONS, type Section } from "./routes";
import "./sections.css";

/** The sections that the current account's supplier offers. */
function useSections(): Section[] {
  const { account } = useSession();
  return SECTIONS.filter((section) => !section.feature || account?.features.includes(section.feature));
}

function Counter({ count }: { count: number }) {
  return <span class={`counter ${count ? "counter-some" : ""}`}>{count}</span>;
}

export function Sections({ open, onEscape }: { open: boolean; onEscape: () => void }) {
  const { path } = useLocation();
  const { profile } = useSession();
  const sections = useSections();
  return (
    <nav
      id="sections"
      class={`sections ${open ? "sections-open" : ""}`}
      aria-label="Разделы"
      onKeyDown={(event) => {
        if (event.key === "Escape" && open) onEscape();
      }}
    >
      <ul>
        {sections.map((section) => (
          <li key={section.path}>
            <a href={section.path} aria-current={path === section.path ? "page" : undefined}>
              <Icon name={section.icon} />
              <span>{section.title}</span>
              {section.counter && profile && <Counter count={profile[section.counter]} />}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
