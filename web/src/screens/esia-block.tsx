// «Вход через Госуслуги:» of the settings: «Привязать +» or the way to undo it.
import { useLocation } from "preact-iso";
import { useChange } from "../api/change";
import { api, unwrap } from "../api/client";
import { refresh } from "../api/query";
import type { Profile } from "../api/types";
import { ESIA } from "../routes";
import { saveReturnUrl } from "../session-context";
import { Failure, Note } from "../ui/feedback";
import { Icon } from "../ui/icons";
import { esiaErrorText } from "./esia-errors";

export function EsiaBlock({ profile }: { profile: Profile }) {
  const unlinking = useChange();
  const { error, esia } = useLocation().query;
  const unlink = async () => {
    await unwrap(api.DELETE("/api/profile/esia"));
    refresh("home");
  };
  return (
    <section class="card" aria-labelledby="esia">
      {error && (
        <Note tone="bad" live>
          <p>{esiaErrorText(error)}</p>
        </Note>
      )}
      {esia === "linked" && profile.esia_linked && (
        <Note tone="good" live>
          <p>Учетная запись Госуслуг привязана. Теперь входить можно и через неё.</p>
        </Note>
      )}
      <div class="split">
        <h2 id="esia">Вход через Госуслуги:</h2>
        {profile.esia_linked ? (
          <span class="split">
            <span class="tag tag-good">
              <Icon name="check" /> привязано
            </span>
            <button
              type="button"
              class="button button-second"
              aria-disabled={unlinking.busy}
              onClick={() => unlinking.run(unlink)}
            >
              Отвязать<span class="sr-only"> учетную запись Госуслуг</span>
            </button>
          </span>
        ) : (
          <a class="button button-second" href={ESIA.link} onClick={saveReturnUrl}>
            Привязать +<span class="sr-only"> учетную запись Госуслуг</span>
          </a>
        )}
      </div>
      {unlinking.problem && <Failure problem={unlinking.problem} />}
    </section>
  );
}
