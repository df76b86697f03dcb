// Passkeys in the browser (WebAuthn): the desk's challenges made into what the browser takes, and its answers sent back.
import { Problem } from "../api/problem";
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export const supportsPasskeys = typeof PublicKeyCredential === "function" && "credentials" in navigator;

export async function createPasskey(
  asked: Schemas["NewPasskeyChallengeResponse"],
  name: string,
): Promise<Schemas["NewPasskeyForm"]> {
  const made = await requestCredential(() =>
    navigator.credentials.create({
      publicKey: {
        challenge: decodeBase64Url(asked.challenge),
        rp: { id: asked.rp_id, name: "Личный кабинет: рабочее место" },
        user: {
          id: decodeBase64Url(asked.user_handle),
          name: asked.user_name,
          displayName: asked.display_name,
        },
        pubKeyCredParams: asked.algorithms.map((alg) => ({
          type: "public-key",
          alg,
        })),
        timeout: asked.timeout_ms,
        excludeCredentials: asked.known.map(descriptor),
        authenticatorSelection: {
          residentKey: "required",
          requireResidentKey: true,
          userVerification: "required",
        },
        attestation: "none",
      },
    }),
  );
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    credential_id: encodeBase64Url(made.rawId),
    client_data: encodeBase64Url(response.clientDataJSON),
    attestation: encodeBase64Url(response.attestationObject),
    transports: typeof response.getTransports === "function" ? response.getTransports() : [],
    name,
  };
}

/** Whether the browser offers passkeys among the logins that it fills in. */
export async function passkeysAreOffered(): Promise<boolean> {
  if (!supportsPasskeys || typeof PublicKeyCredential.isConditionalMediationAvailable !== "function")
    return false;
  return PublicKeyCredential.isConditionalMediationAvailable();
}

/**
 * Lets a passkey sign: one of `known`, or, at the sign-in, whichever the person chooses.
 *
 * With `offered` it waits among the logins of a field until it is chosen there, or the signal ends it.
 */
export async function signByPasskey(
  asked: Schemas["ChallengeResponse"],
  known: Schemas["KnownCredential"][] = [],
  offered?: AbortSignal,
): Promise<Schemas["AssertionForm"]> {
  const made = await requestCredential(() =>
    navigator.credentials.get({
      ...(offered ? { mediation: "conditional", signal: offered } : {}),
      publicKey: {
        challenge: decodeBase64Url(asked.challenge),
        rpId: asked.rp_id,
        timeout: asked.timeout_ms,
        allowCredentials: known.map(descriptor),
        userVerification: "required",
      },
    }),
  );
  const response = made.response as AuthenticatorAssertionResponse;
  return {
    credential_id: encodeBase64Url(made.rawId),
    client_data: encodeBase64Url(response.clientDataJSON),
    authenticator_data: encodeBase64Url(response.authenticatorData),
    signature: encodeBase64Url(response.signature),
    user_handle: response.userHandle ? encodeBase64Url(response.userHandle) : null,
  };
}

const ERROR_TEXTS: Record<string, string> = {
  InvalidStateError: "На этом устройстве Ваш ключ доступа уже есть: добавлять второй не нужно.",
  NotSupportedError: "Это устройство не умеет хранить ключи доступа.",
  SecurityError: "По этому адресу ключи доступа не работают. Откройте рабочее место по его обычному адресу.",
};

/** What the browser answers; a refusal in words, as its own are English and say nothing to the person. */
async function requestCredential(act: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const made = await act();
    if (made instanceof PublicKeyCredential) return made;
  } catch (reason) {
    const name = reason instanceof Error ? reason.name : "";
    throw new Problem(
      0,
      "passkey_unused",
      ERROR_TEXTS[name] ?? "Ключ доступа не выбран, или время вышло. Попробуйте ещё раз.",
    );
  }
  throw new Problem(0, "passkey_unused", "Ключ доступа не выбран. Попробуйте ещё раз.");
}

function descriptor(known: Schemas["KnownCredential"]): PublicKeyCredentialDescriptor {
  return {
    type: "public-key",
    id: decodeBase64Url(known.credential_id),
    transports: known.transports as AuthenticatorTransport[],
  };
}

function decodeBase64Url(base64url: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64url.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
}

function encodeBase64Url(buffer: ArrayBuffer): string {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
