// The journal of what concerned the safety of the cabinet.
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { useQuery } from "../api/query";
import { time } from "../format";
import { Empty, QueryView } from "../ui/feedback";

export function SecurityEvents() {
  const [open, setOpen] = useState(false);
  const query = useQuery(open ? "security-events" : null, () =>
    unwrap(api.GET("/api/profile/security-events")),
  );
  return (
    <details class="card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>События безопасности</summary>
      {open && (
        <QueryView query={query} reserve={240}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty>Событий пока нет.</Empty>
            ) : (
              <ul class="plain-list">
                {items.map((entry, index) => (
                  <li key={index}>
                    {entry.what}
                    <br />
                    <span class="muted">
                      {time(entry.at)}
                      {entry.address && `, адрес ${entry.address}`}
                    </span>
                  </li>
                ))}
              </ul>
            )
          }
        </QueryView>
      )}
    </details>
  );
}
