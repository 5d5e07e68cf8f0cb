/**
 * A typed client of Passbook: paths, bodies and answers are those of the OpenAPI document, and the compiler knows them.
 *
 * What it adds is what the API asks of its clients: a token, names for commands, and sending the same request again
 * when the answer says that this helps, or when there was none.
 */

import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.js";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];
export type Passbook = Client<paths>;

export interface Options {
  /** Where the API is, without `/v1`. */
  baseUrl: string;
  /** The token of the moment; asked for with every request, so that it may be renewed. */
  token: () => string | Promise<string>;
  /** How often a request is sent at most. */
  attempts?: number;
  /** The longest that is waited before a request is sent again, in milliseconds. */
  patience?: number;
  /** In the place of the global `fetch`. */
  fetch?: typeof fetch;
}

const ATTEMPTS = 5;
const PATIENCE_MS = 5_000;

/**
 * The headers that name a command: it has one effect, however often it is sent with the same key. Whoever may have to
 * send it again after a crash keeps the key with the order.
 */
export const command = (key: string = crypto.randomUUID()) => ({ header: { "Idempotency-Key": key } });

/** A client that signs its requests and does not give up at once. */
export const passbook = (options: Options): Passbook =>
  createClient<paths>({ baseUrl: options.baseUrl, fetch: persistent(options) });

/** Whether the API has refused something, and says why. */
export const isProblem = (error: unknown): error is Problem =>
  typeof error === "object" && error !== null && "code" in error && "request_id" in error;

const persistent =
  ({ token, attempts = ATTEMPTS, patience = PATIENCE_MS, fetch: send = globalThis.fetch }: Options) =>
  async (request: Request): Promise<Response> => {
    for (let attempt = 1; ; attempt += 1) {
      request.headers.set("Authorization", `Bearer ${await token()}`);
      // A request is read once: what is sent is a copy, so that it can be sent again.
      const answer = await send(request.clone()).catch((error: unknown) => error);
      const isLast = attempt >= attempts;
      if (answer instanceof Response && (isLast || !helpsToComeAgain(answer))) return answer;
      if (!(answer instanceof Response) && isLast) throw answer;
      await pause(Math.min(wait(answer, attempt), patience));
    }
  };

/** Whether the same request may have another answer: the API says so with `Retry-After`. */
const helpsToComeAgain = (answer: Response): boolean =>
  answer.headers.has("Retry-After") || answer.status === 429 || answer.status === 503;

/** As long as the answer says; else longer each time, by chance, so that not all come again at once. */
const wait = (answer: unknown, attempt: number): number => {
  const seconds = answer instanceof Response ? Number(answer.headers.get("Retry-After") ?? Number.NaN) : Number.NaN;
  return Number.isFinite(seconds) ? seconds * 1_000 : Math.random() * 100 * 2 ** attempt;
};

const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));
