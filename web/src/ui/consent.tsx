// «Согласие на обработку персональных данных»: read in a dialog, so that nothing typed is lost.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { api, unwrap } from "../api/client";
import { type Query, useQuery } from "../api/query";
import type { Consent } from "../api/types";
import { Dialog } from "./dialog";
import { QueryView } from "./feedback";
import { Checkbox } from "./fields";
import "./consent.css";

export function useConsent(): Query<Consent> {
  return useQuery("consent", () => unwrap(api.GET("/api/auth/consent")));
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

interface Agreement {
  checked: boolean;
  onChecked: (checked: boolean) => void;
}

/** The consent to the cabinet's operator. */
export function ConsentField({ consent, ...agreement }: Agreement & { consent: Query<Consent> }) {
  return (
    <AgreementField
      {...agreement}
      label="Согласен на обработку своих персональных данных"
      title={consent.data?.title ?? "Согласие на обработку персональных данных"}
    >
      <QueryView query={consent} reserve={240}>
        {({ text }) => <Paragraphs text={text} />}
      </QueryView>
    </AgreementField>
  );
}

export function AgreementField(
  props: Agreement & { label: string; title: string; children: ComponentChildren },
) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Checkbox
        name="consent"
        mark="*"
        label={props.label}
        checked={props.checked}
        onChecked={props.onChecked}
      />
      <button type="button" class="link" onClick={() => setOpen(true)}>
        Прочитать согласие на обработку персональных данных
      </button>
      {open && (
        <Dialog title={props.title} onClose={() => setOpen(false)}>
          {props.children}
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
