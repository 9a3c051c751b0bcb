import type { webApi } from "@slack/bolt";
import { z } from "zod";
import { mayUse } from "../../commands/authorize.ts";
import type { CommandBus } from "../../commands/contract.ts";
import { fillForm, formFor, formOf } from "../../commands/form.ts";
import type { Log } from "../../ports.ts";
import { deliveryId, type Delivery } from "./delivery.ts";
import { explain, slackCode } from "./explain.ts";
import { FORM_ACTION, formView } from "./form-view.ts";
import type { Outlet } from "./outlet.ts";
import type { People } from "./people.ts";
import { typedText } from "./typed-text.ts";

export interface FormParts {
  readonly web: webApi.WebClient;
  readonly bus: CommandBus;
  readonly people: People;
  readonly outlet: Outlet;
  readonly log: Log;
}

/** Where the answer to a submitted form goes; kept in the view, because Slack does not say where it was opened from. */
const metadataShape = z.object({
  path: z.array(z.string()),
  channel: z.string().nullable(),
  threadTs: z.string().optional(),
  responseUrl: z.string().optional(),
});

type Metadata = z.infer<typeof metadataShape>;

/**
 * Opens the form of a command that was given without arguments. False when there is none, or when this person may not use
 * the command: then it is to be run as it stands, and its refusal is the answer.
 */
export async function openForm(parts: FormParts, delivery: Delivery): Promise<boolean> {
  const { web, bus, people, outlet, log } = parts;
  const form = delivery.triggerId === undefined ? undefined : formFor(bus.commands, delivery.text);
  if (form === undefined || delivery.triggerId === undefined) return false;
  const { userId } = delivery;
  const groupIds = await people.groupsOf(userId);
  const role = bus.roleOf({ platform: "slack", userId, name: delivery.userName ?? userId, groupIds });
  const needed = form.spec.role({ values: {}, symbols: [], settings: [] });
  if (role === undefined || !mayUse(role, needed)) return false;
  const metadata: Metadata = {
    path: [...form.spec.path],
    channel: delivery.channel,
    ...(delivery.threadTs === undefined ? {} : { threadTs: delivery.threadTs }),
    ...(delivery.responseUrl === undefined ? {} : { responseUrl: delivery.responseUrl }),
  };
  try {
    const view = formView(form, JSON.stringify(metadata));
    await web.views.open({ trigger_id: delivery.triggerId, view });
  } catch (error) {
    log.warn({ platform: "slack", deliveryId: delivery.id }, `a form was not opened: ${explain(error)}`);
    // The very same delivery came twice, and the first one opened the form.
    if (slackCode(error) === "exchanged_trigger_id") return true;
    const [example] = form.spec.examples;
    await outlet.say(
      delivery,
      {
        text: `The form could not be opened (${explain(error)}). Try again, or give the command whole: ${example ?? delivery.text}`,
        tone: "warn",
        private: true,
      },
      undefined,
    );
  }
  return true;
}

const optionalText = z
  .string()
  .nullish()
  .transform((text) => text ?? undefined);

const submissionShape = z.object({
  team: z.object({ id: z.string() }).nullish(),
  user: z.object({ id: z.string(), username: optionalText, name: optionalText }),
  view: z.object({
    id: z.string(),
    private_metadata: z.string(),
    state: z.object({
      values: z.record(
        z.string(),
        z.record(
          z.string(),
          z.object({
            value: z.string().nullish(),
            selected_option: z.object({ value: z.string() }).nullish(),
          }),
        ),
      ),
    }),
  }),
});

export type Submission =
  | { readonly kind: "errors"; readonly errors: Record<string, string> }
  | { readonly kind: "delivery"; readonly delivery: Delivery };

/** Reads a submitted form: what is wrong field by field, or the command that it stands for. Undefined when it is none of ours. */
export function readSubmission(commands: CommandBus["commands"], body: unknown): Submission | undefined {
  const read = submissionShape.safeParse(body).data;
  if (read === undefined) return undefined;
  const metadata = metadataOf(read.view.private_metadata);
  const form = metadata === undefined ? undefined : formOf(commands, metadata.path);
  if (metadata === undefined || form === undefined) return undefined;
  const values = Object.entries(read.view.state.values).map(([field, elements]) => {
    const element = elements[FORM_ACTION];
    return [field, typedText(element?.selected_option?.value ?? element?.value ?? "")] as const;
  });
  const filled = fillForm(form, Object.fromEntries(values));
  if (filled.kind === "wrong") return { kind: "errors", errors: { ...filled.problems } };
  const { user, team, view } = read;
  return {
    kind: "delivery",
    delivery: {
      // A view is submitted once: after errors it stays open under its id, and closes with the submission that is taken.
      id: deliveryId("view", [team?.id, view.id, user.id]),
      text: filled.text,
      userId: user.id,
      userName: user.username ?? user.name,
      channel: metadata.channel,
      threadTs: metadata.threadTs,
      startsThread: false,
      responseUrl: metadata.responseUrl,
      pressed: undefined,
      triggerId: undefined,
    },
  };
}

function metadataOf(text: string): Metadata | undefined {
  try {
    return metadataShape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
