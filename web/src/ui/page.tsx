// The frame of a screen: its title takes the focus after a navigation, so that a screen reader says where we are.
import { type ComponentChildren, createContext } from "preact";
import { useContext, useLayoutEffect, useRef } from "preact/hooks";
import { Spinner } from "./feedback";
import "./page.css";

let firstScreen = true;

interface Frame {
  /** Below every title; it comes together with the content, so that it pushes nothing down. */
  notice: ComponentChildren;
  /** Whether the notice is still on its way. */
  loading: boolean;
}

export const FrameContext = createContext<Frame>({ notice: null, loading: false });

export function Page(props: {
  title: string;
  lead?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
  /** A screen that needs nothing of the first one's answer is there at once; the notice then comes below it. */
  atOnce?: boolean;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { notice, loading } = useContext(FrameContext);
  useLayoutEffect(() => {
    document.title = `${props.title} — Личный кабинет`;
  }, [props.title]);
  // Before anything can be pressed: later, it would take the focus from what a quick key has just reached.
  useLayoutEffect(() => {
    if (!firstScreen) heading.current?.focus({ preventScroll: true });
    firstScreen = false;
  }, []);
  return (
    <div class={`page ${props.class ?? ""}`}>
      <h1 ref={heading} tabIndex={-1}>
        {props.title}
      </h1>
      {!props.atOnce && notice}
      {!props.atOnce && loading && <Spinner class="page-waiting" />}
      {props.lead}
      {props.children}
      {props.atOnce && notice}
    </div>
  );
}
