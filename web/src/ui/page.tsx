// The frame of a screen: its title takes the focus after a navigation, so that a screen reader says where we are.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import "./page.css";

let firstScreen = true;

export function Page(props: {
  title: string;
  lead?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${props.title} — Личный кабинет`;
  }, [props.title]);
  useEffect(() => {
    if (!firstScreen) heading.current?.focus({ preventScroll: true });
    firstScreen = false;
  }, []);
  return (
    <div class={`page ${props.class ?? ""}`}>
      <h1 ref={heading} tabIndex={-1}>
        {props.title}
      </h1>
      {props.lead}
      {props.children}
    </div>
  );
}
