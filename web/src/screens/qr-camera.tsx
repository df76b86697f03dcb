// The camera's picture, until a receipt's code is read in it.
import { useEffect, useRef, useState } from "preact/hooks";
import { InlineFailure } from "../ui/feedback";
import { Problem } from "../api/problem";
import { readCamera } from "./qr-reading";

/** Browsers have none on pages without HTTPS. */
export const hasCamera = (): boolean => "mediaDevices" in navigator;

const REFUSED = new Problem(
  0,
  "camera_unavailable",
  "Не удалось включить камеру. Разрешите её в настройках браузера или выберите фото квитанции.",
);

export function QrCamera(props: { onText: (text: string) => void; onClose: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const latest = useRef(props.onText);
  latest.current = props.onText;
  useEffect(() => {
    const ended = new AbortController();
    const isEnded = () => ended.signal.aborted;
    let stream: MediaStream | undefined;
    const look = async () => {
      const view = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } };
      stream = await navigator.mediaDevices.getUserMedia({ video: view, audio: false });
      const screen = video.current;
      if (!screen || isEnded()) {
        stream.getTracks().forEach((track) => track.stop());
        return;
      }
      screen.srcObject = stream;
      await screen.play();
      const text = await readCamera(screen, ended.signal);
      if (text !== undefined && !isEnded()) latest.current(text);
    };
    look().catch(() => isEnded() || setProblem(REFUSED));
    return () => {
      ended.abort();
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, []);
  return (
    <div class="qr-camera">
      {problem ? (
        <InlineFailure problem={problem} />
      ) : (
        <>
          <video ref={video} muted playsInline aria-label="Изображение с камеры" />
          <p role="status">Наведите камеру на QR-код квитанции: он прочитается сам.</p>
        </>
      )}
      <button type="button" class="button button-second" onClick={props.onClose}>
        Закрыть камеру
      </button>
    </div>
  );
}
