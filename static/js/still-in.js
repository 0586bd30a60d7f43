// A page that asks by itself was not answered as its reader is used to: are they signed out, or is it the page?
// idle.js knows how to find out, and covers the page of whoever is signed out.

/** "in", "out" (the page is covered now), or "" while nobody can say. */
export async function stillIn() {
  const doubt = { answer: "in" };
  document.dispatchEvent(new CustomEvent("doubted", { detail: doubt }));
  return doubt.answer;
}

/** While it is covered a page asks for nothing: what it would be told is for somebody else. */
export const isCovered = () => document.body.classList.contains("covered");

/** Followed or not. */
export const isRedirect = (response) => response.redirected || response.type === "opaqueredirect";

export const isRefusal = (response) => isRedirect(response) || [401, 403, 404].includes(response.status);
