export async function request(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body && JSON.stringify(body),
  });
  if (!response.ok) {
    const answer = await response.json().catch(() => ({}));
    const reason = typeof answer.detail === "string" ? answer.detail : response.statusText;
    throw new Error(`${method} ${path} answered ${response.status}: ${reason}`);
  }
  return response;
}
