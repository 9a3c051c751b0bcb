import type { Json } from "./json.ts";

/** Collects what is wrong with a body in the shape of Discord's "Invalid Form Body" (50035). */
export class Problems {
  readonly list: { readonly at: string; readonly code: string; readonly message: string }[] = [];

  add(at: string, code: string, message: string): void {
    this.list.push({ at, code, message });
  }

  /** Checks one text (surrounding white space does not count) and returns its length. */
  length(at: string, value: unknown, min: number, max: number): number {
    if (value === undefined || value === null) return 0;
    if (typeof value !== "string") {
      this.add(at, "STRING_TYPE_CONVERT", "Could not interpret as string.");
      return 0;
    }
    const length = value.trim().length;
    if (length < min) this.add(at, "BASE_TYPE_REQUIRED", "This field is required");
    if (value.length > max)
      this.add(at, "BASE_TYPE_MAX_LENGTH", `Must be ${String(max)} or fewer in length.`);
    return length;
  }

  get none(): boolean {
    return this.list.length === 0;
  }

  /** `{"embeds":{"0":{"title":{"_errors":[{code, message}]}}}}` */
  toErrors(): Json {
    return nest(
      this.list.map(({ at, code, message }) => ({ path: at.split("."), error: { code, message } })),
    );
  }

  toString(): string {
    return this.list.map(({ at, message }) => `${at}: ${message}`).join("\n");
  }
}

interface Located {
  readonly path: readonly string[];
  readonly error: Json;
}

function nest(located: readonly Located[]): Json {
  const here = located.filter(({ path }) => path.length === 0).map(({ error }) => error);
  const parts = new Set(located.flatMap(({ path }) => path.slice(0, 1)));
  const nested = [...parts].map((part): [string, Json] => [
    part,
    nest(
      located
        .filter(({ path }) => path[0] === part)
        .map(({ path, error }) => ({ path: path.slice(1), error })),
    ),
  ]);
  return { ...(here.length > 0 ? { _errors: here } : {}), ...Object.fromEntries(nested) };
}
