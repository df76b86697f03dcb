// What went wrong with a call, in words for the subscriber.
import type { FieldError, ProblemBody } from "./types";

/** A refused or failed call: problem+json from the server, or our own words when there was no answer at all. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly errors: FieldError[] = [],
    readonly retryAfter: number | null = null,
    readonly body: ProblemBody = {},
  ) {
    super(message);
  }

  /** No answer, or the server says that it cannot answer now: the same call may succeed later. */
  get temporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** Whether the server refused by this code, for the whole or for a field. */
  has(code: string): boolean {
    return this.code === code || this.errors.some((error) => error.code === code);
  }

  /** What joins this call with the server's log; a resident can read it to the operator. */
  get correlationId(): string | undefined {
    return this.body.instance?.replace(/^urn:cabinet:request:/, "");
  }

  get sessionEnded(): boolean {
    return this.status === 401 && this.code === "unauthenticated";
  }
}

const MESSAGES: Record<number, string> = {
  404: "Не нашли того, что Вы ищете. Возможно, ссылка устарела.",
  429: "Слишком много попыток. Подождите немного и повторите.",
  502: "Сервис временно не отвечает. Повторите попытку через минуту.",
  503: "Сервис временно перегружен. Повторите попытку через минуту.",
  504: "Сервис отвечает слишком долго. Повторите попытку через минуту.",
};

/** The problem that an answer other than 2xx carries; a body that is not problem+json (a gateway's page) is put in words. */
export function problemFromResponse(response: Response, body: unknown): Problem {
  const details: ProblemBody = typeof body === "object" && body !== null ? body : {};
  const message =
    details.detail ||
    details.title ||
    MESSAGES[response.status] ||
    "Что-то пошло не так. Повторите попытку чуть позже.";
  const wait = Number(response.headers.get("Retry-After"));
  return new Problem(
    response.status,
    details.code ?? `http_${response.status}`,
    message,
    details.errors ?? [],
    wait > 0 ? wait : null,
    details,
  );
}

/** The site itself aborted the request: nothing went wrong, and there is nothing to show. */
export function abortedProblem(): Problem {
  return new Problem(0, "aborted", "Запрос отменён.");
}

/** A request that went out and met nothing: `navigator.onLine` may not know yet, so it is not asked. */
export function networkProblem(isTimeout: boolean, correlationId?: string): Problem {
  const [code, message] = isTimeout
    ? ["timeout", "Сервер отвечает слишком долго. Подождите немного и повторите попытку."]
    : ["offline", "Нет связи с интернетом. Проверьте связь и повторите."];
  return new Problem(0, code, message, [], null, correlationId ? { instance: correlationId } : {});
}

/** A fault of the site's own: details for the browser's console, and words for the subscriber. */
export function internalProblem(reason: unknown): Problem {
  console.error(reason);
  return new Problem(0, "own_fault", "Не получилось. Повторите попытку.");
}

/** A 2xx whose body broke off, or is a gateway's page instead of JSON. */
export function invalidResponseProblem(): Problem {
  return new Problem(0, "network", "Не удалось связаться с сервером. Проверьте связь и повторите попытку.");
}
