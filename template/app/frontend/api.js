// What the server is asked, and what people are told where that does not work.

export const NOT_KEPT =
  "Your browser did not keep the cookie that this takes. It may block cookies, or this page may " +
  "have come over http:// instead of https://.";

/** Returns what the server answers; throws an error whose message is meant for people. */
export async function request(method, path, body) {
  const options = { method, signal: AbortSignal.timeout(20_000) };
  if (body) options.headers = { "Content-Type": "application/json" };
  if (body) options.body = JSON.stringify(body);
  // The path is relative to the page, which may stand behind a prefix.
  const response = await fetch(path, options).catch(() => Response.error());
  const data = response.status === 204 ? null : await response.json().catch(() => undefined);
  if (response.ok && data !== undefined) return data;
  const { status } = response;
  const retryAfter = Number(response.headers.get("Retry-After"));
  const sentences = {
    0: "The server cannot be reached. Check your connection, and try again.",
    403: "The server refused this. Reload the page, and try again.",
    422: "The server did not accept this. Check what you entered.",
    429: `Too many attempts. Try again ${retryAfter ? later(retryAfter) : "later"}.`,
    503: "The server cannot do this at the moment. Try again in a few seconds.",
  };
  const message = sentences[status] ?? "Something went wrong on the server. Try again later.";
  throw Object.assign(new Error(message), { status, retryAfter });
}

/** Returns, for example, "in 9 minutes, at 14:32": the time stays true while it is shown. */
function later(seconds) {
  const [number, unit] = seconds < 100 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
  const left = new Intl.NumberFormat("en", { style: "unit", unit, unitDisplay: "long" });
  const clock = new Date(Date.now() + seconds * 1000).toLocaleTimeString([], { timeStyle: "short" });
  return `in ${left.format(number)}, at ${clock}`;
}

const working = new Map();

/**
 * Does the work of a button. Whoever wants the same again meanwhile gets it once; what else is
 * wanted comes next, of several the last. It is not `disabled`, which would take the focus.
 */
export async function once(button, wanted, work) {
  const current = working.get(button);
  if (current) {
    current.next = wanted === current.wanted ? undefined : { wanted, work };
    return;
  }
  button.ariaDisabled = "true";
  try {
    for (let each = { wanted, work }; each; each = each.next) {
      working.set(button, each);
      await each.work();
    }
  } finally {
    working.delete(button);
    button.ariaDisabled = null;
  }
}
