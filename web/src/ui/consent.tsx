// «Согласие на обработку персональных данных»: read in a dialog, so that nothing typed is lost.
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { type Query, useQuery } from "../api/query";
import type { Consent } from "../api/types";
import { Dialog } from "./dialog";
import { Loaded } from "./feedback";
import { Checkbox } from "./fields";
import "./consent.css";

export function useConsent(): Query<Consent> {
  return useQuery("consent", () => ask(api.GET("/api/auth/consent")));
}

/** A long text of the server's: its own line breaks make the paragraphs. */
export function Paragraphs({ text }: { text: string }) {
  return (
    <>
      {text.split(/\n+/).map((paragraph, index) => (
        <p key={index} class="long-text">
          {paragraph}
        </p>
      ))}
    </>
  );
}

export function ConsentField(props: {
  consent: Query<Consent>;
  checked: boolean;
  onChecked: (checked: boolean) => void;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Checkbox
        name="consent"
        mark="*"
        label="Согласен на обработку своих персональных данных"
        checked={props.checked}
        onChecked={props.onChecked}
      />
      <button type="button" class="link" onClick={() => setOpen(true)}>
        Прочитать согласие на обработку персональных данных
      </button>
      {open && (
        <Dialog
          title={props.consent.data?.title ?? "Согласие на обработку персональных данных"}
          onClose={() => setOpen(false)}
        >
          <Loaded query={props.consent} reserve={240}>
            {(consent) => <Paragraphs text={consent.text} />}
          </Loaded>
          <div class="actions">
            <button
              type="button"
              class="button button-main"
              onClick={() => {
                props.onChecked(true);
                setOpen(false);
              }}
            >
              Согласен
            </button>
            <button type="button" class="button button-second" onClick={() => setOpen(false)}>
              Закрыть
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
