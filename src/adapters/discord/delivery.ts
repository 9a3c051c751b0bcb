import { ApplicationCommandOptionType, ComponentType, InteractionType } from "discord.js";
import { z } from "zod";
import type { Actor } from "../../commands/contract.ts";
import { formPath } from "./form-modal.ts";

/** Anything a person did, with all that an answer needs. */
export interface Delivery {
  readonly id: string;
  /** Good for one first answer within 3 s and for edits and follow-ups during 15 minutes. */
  readonly token: string;
  readonly applicationId: string | undefined;
  readonly channel: string | null;
  readonly actor: Actor;
  readonly act: Act;
}

export interface GivenOption {
  readonly name: string;
  readonly value: string | number | boolean;
}

export type Act =
  | { readonly kind: "command"; readonly words: readonly string[]; readonly options: readonly GivenOption[] }
  | { readonly kind: "press"; readonly command: string; readonly message: PressedMessage }
  /** A submitted form: the command's path, and what was filled in by field. */
  | {
      readonly kind: "form";
      readonly path: readonly string[];
      readonly values: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: "typing";
      readonly words: readonly string[];
      readonly option: string;
      readonly typed: string;
      /** What the other options hold so far. */
      readonly given: Readonly<Record<string, string>>;
    };

/** The message whose button was pressed, as Discord sent it. */
export interface PressedMessage {
  readonly label: string;
  readonly content: string | undefined;
  readonly components: readonly unknown[];
  /** One of its buttons, pressed or not, is pressed once: a confirmation, an Ack. */
  readonly asksOnce: boolean;
}

const userShape = z.object({
  id: z.string(),
  username: z.string().nullish(),
  global_name: z.string().nullish(),
});

const valueShape = z.union([z.string(), z.number(), z.boolean()]);

const optionShape = z.object({
  name: z.string(),
  type: z.enum(ApplicationCommandOptionType),
  value: valueShape.nullish(),
  focused: z.boolean().nullish(),
  get options() {
    return z.array(optionShape).nullish();
  },
});

const interactionShape = z.object({
  id: z.string(),
  token: z.string(),
  type: z.enum(InteractionType),
  application_id: z.string().nullish(),
  channel_id: z.string().nullish(),
  channel: z.object({ id: z.string() }).nullish(),
  user: userShape.nullish(),
  member: z
    .object({ user: userShape.nullish(), nick: z.string().nullish(), roles: z.array(z.string()).nullish() })
    .nullish(),
  data: z.object({
    name: z.string().nullish(),
    options: z.array(optionShape).nullish(),
    custom_id: z.string().nullish(),
    components: z.array(z.unknown()).nullish(),
    component_type: z.enum(ComponentType).nullish(),
  }),
  message: z.object({ content: z.string().nullish(), components: z.array(z.unknown()).nullish() }).nullish(),
});

type Raw = z.infer<typeof interactionShape>;
type Option = z.infer<typeof optionShape>;

const rowShape = z.object({
  components: z.array(z.object({ custom_id: z.string().nullish(), label: z.string().nullish() })),
});

/**
 * Reads an INTERACTION_CREATE; undefined when it is none of ours. Read as Discord documents it and not through
 * discord.js's classes: those drop roles that their cache does not know, and roles decide who may trade.
 */
export function readDelivery(payload: unknown): Delivery | undefined {
  const raw = interactionShape.safeParse(payload).data;
  const actor = raw === undefined ? undefined : readActor(raw);
  const act = raw === undefined ? undefined : readAct(raw);
  if (raw === undefined || actor === undefined || act === undefined) return undefined;
  return {
    id: raw.id,
    token: raw.token,
    applicationId: raw.application_id ?? undefined,
    channel: raw.channel_id ?? raw.channel?.id ?? null,
    actor,
    act,
  };
}

function readActor({ member, user: direct }: Raw): Actor | undefined {
  const user = member?.user ?? direct;
  if (user === undefined || user === null) return undefined;
  return {
    platform: "discord",
    userId: user.id,
    name: member?.nick ?? user.global_name ?? user.username ?? user.id,
    groupIds: member?.roles ?? [],
  };
}

function readAct(raw: Raw): Act | undefined {
  const { data, message } = raw;
  switch (raw.type) {
    case InteractionType.ApplicationCommand: {
      const { words, options } = unfold(data.name ?? "", data.options ?? []);
      return { kind: "command", words, options: options.flatMap(given) };
    }
    case InteractionType.ApplicationCommandAutocomplete: {
      const { words, options } = unfold(data.name ?? "", data.options ?? []);
      const focused = options.find((option) => option.focused === true);
      if (focused === undefined) return undefined;
      const others = options.filter((option) => option !== focused).flatMap(given);
      return {
        kind: "typing",
        words,
        option: focused.name,
        typed: String(focused.value ?? ""),
        given: Object.fromEntries(others.map(({ name, value }) => [name, String(value)])),
      };
    }
    case InteractionType.MessageComponent: {
      const command = data.custom_id ?? "";
      if (command === "" || (data.component_type ?? ComponentType.Button) !== ComponentType.Button)
        return undefined;
      const components = message?.components ?? [];
      const label = labelOf(components, command) ?? command;
      return {
        kind: "press",
        command,
        message: {
          label,
          content: message?.content ?? undefined,
          components,
          asksOnce: [command, ...buttonsIn(components).map((button) => button.custom_id ?? "")].some((each) =>
            /^\/?(?:confirm|ack)\b/.test(each),
          ),
        },
      };
    }
    case InteractionType.ModalSubmit: {
      const path = formPath(data.custom_id ?? "");
      if (path === undefined) return undefined;
      const values = (data.components ?? []).flatMap(filledIn);
      return { kind: "form", path, values: Object.fromEntries(values) };
    }
    case InteractionType.Ping:
      break;
  }
  return undefined;
}

/** The names of command and subcommands, and the options below them. */
function unfold(
  name: string,
  options: readonly Option[],
): { readonly words: readonly string[]; readonly options: readonly Option[] } {
  const [first] = options;
  const nested =
    first?.type === ApplicationCommandOptionType.Subcommand ||
    first?.type === ApplicationCommandOptionType.SubcommandGroup;
  if (!nested) return { words: [name], options };
  const below = unfold(first.name, first.options ?? []);
  return { words: [name, ...below.words], options: below.options };
}

function given({ name, value }: Option): readonly GivenOption[] {
  return value === undefined || value === null ? [] : [{ name, value }];
}

const filledShape = z.object({
  component: z.object({
    custom_id: z.string(),
    value: z.string().nullish(),
    values: z.array(z.string()).nullish(),
  }),
});

/** One label of a submitted modal; a select brings its choices, an input its text. */
function filledIn(label: unknown): readonly (readonly [string, string])[] {
  const { component } = filledShape.safeParse(label).data ?? {};
  return component === undefined
    ? []
    : [[component.custom_id, component.value ?? component.values?.[0] ?? ""]];
}

function labelOf(components: readonly unknown[], command: string): string | undefined {
  return buttonsIn(components).find((button) => button.custom_id === command)?.label ?? undefined;
}

function buttonsIn(components: readonly unknown[]): z.infer<typeof rowShape>["components"] {
  return components.flatMap((row) => rowShape.safeParse(row).data?.components ?? []);
}
