// Asks the server. A fault is an Error whose message can be shown as it is.

const SILENT = "The server does not answer: what you gave last is not stored. " +
  "Start kgpipe review serve again and open the address that it prints.";

export async function ask(path, values = {}) {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ""));
  return receive(`${path}?${query}`, {});
}

export async function tell(method, path, body) {
  return receive(path, {
    method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
  });
}

async function receive(address, options) {
  let response;
  try {
    response = await fetch(address, { cache: "no-store", ...options });
  } catch {
    throw new Error(SILENT);
  }
  const text = await response.text();
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = { fault: text };
  }
  if (!response.ok) throw new Error(answer.fault || `The server answered ${response.status}.`);
  return answer;
}
