// What `?error=` of the return from Госуслуги means for a person.
const WORDS: Record<string, string> = {
  access_denied: "Вы отказались от входа через Госуслуги.",
  esia_denied: "Вы отказались от входа через Госуслуги.",
  esia_not_trusted: "Для входа нужна подтверждённая учетная запись Госуслуг.",
  esia_taken: "Эта учетная запись Госуслуг уже привязана к другому личному кабинету.",
};

export function esiaWords(code: string): string {
  return WORDS[code] ?? "Войти через Госуслуги не получилось. Попробуйте ещё раз или войдите по логину и паролю.";
}
