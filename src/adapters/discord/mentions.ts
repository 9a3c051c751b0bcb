const MOST = 20;

/** Who is called in Discord: the markup for the content, and what `allowed_mentions` must let through. */
export interface Called {
  readonly text: string;
  readonly users: readonly string[];
  readonly roles: readonly string[];
}

/** Those of the people who are in Discord. The one place where markup is meant, so only ids are let in. */
export function calledOf(mentions: readonly string[]): Called {
  const ids = (form: RegExp): readonly string[] =>
    mentions.slice(0, MOST).flatMap((person) => form.exec(person)?.[1] ?? []);
  const users = ids(/^discord:(\d+)$/);
  const roles = ids(/^discord:&(\d+)$/);
  const text = [...users.map((id) => `<@${id}>`), ...roles.map((id) => `<@&${id}>`)].join(" ");
  return { text, users, roles };
}
