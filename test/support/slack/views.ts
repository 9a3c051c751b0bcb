import { blockProblems, isJson, textProblems } from "./problems.ts";
import type { Json } from "./types.ts";
import type { World } from "./world.ts";

const TRIGGER_MS = 3000;

/** A modal as somebody sees it now. */
export interface OpenView {
  readonly id: string;
  readonly userId: string;
  readonly view: Json;
  /** What stands at the fields after a submission that was refused, by block id. */
  errors: Readonly<Record<string, string>>;
  open: boolean;
}

interface Trigger {
  readonly userId: string;
  readonly atMs: number;
  used: boolean;
}

/** Modals and Home tabs: trigger ids that live three seconds and open one view, and what was published to whom. */
export class Views {
  readonly modals: OpenView[] = [];
  /** The newest Home of each user, and all of them in order. */
  readonly homes: { readonly userId: string; readonly view: Json; readonly atMs: number }[] = [];
  readonly #triggers = new Map<string, Trigger>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  trigger(userId: string): string {
    const id = this.#world.id("13345224609.738474920.");
    this.#triggers.set(id, { userId, atMs: Date.now(), used: false });
    return id;
  }

  /** As if three seconds had passed for every trigger so far. */
  expireTriggers(): void {
    for (const [id, trigger] of this.#triggers)
      this.#triggers.set(id, { ...trigger, atMs: trigger.atMs - TRIGGER_MS });
  }

  open(triggerId: string | undefined, view: unknown): Json {
    const trigger = this.#triggers.get(triggerId ?? "");
    if (trigger === undefined) return { ok: false, error: "invalid_trigger_id" };
    const problems = viewProblems(view, "modal");
    if (problems.length > 0 || !isJson(view)) return invalid(problems);
    if (trigger.used) return { ok: false, error: "exchanged_trigger_id" };
    if (Date.now() - trigger.atMs >= TRIGGER_MS) return { ok: false, error: "expired_trigger_id" };
    trigger.used = true;
    const opened = { id: this.#world.id("V"), userId: trigger.userId, view, errors: {}, open: true };
    this.modals.push(opened);
    this.#world.changed();
    return { ok: true, view: { id: opened.id, ...view } };
  }

  publish(userId: string | undefined, view: unknown): Json {
    if (userId === undefined || !this.#world.users.has(userId)) return { ok: false, error: "user_not_found" };
    const problems = viewProblems(view, "home");
    if (problems.length > 0 || !isJson(view)) return invalid(problems);
    this.homes.push({ userId, view, atMs: Date.now() });
    this.#world.changed();
    return { ok: true, view: { id: `VHOME${userId}`, ...view } };
  }

  homeOf(userId: string): Json | undefined {
    return this.homes.findLast((home) => home.userId === userId)?.view;
  }

  /** The payload of a submission; throws for what Slack's own client would not let through. */
  submission(modal: OpenView, filled: Readonly<Record<string, string>>): Json {
    if (!modal.open) throw new Error("the modal is closed");
    const blocks = blocksOf(modal.view);
    for (const name of Object.keys(filled))
      if (!blocks.some((block) => block["block_id"] === name)) throw new Error(`no field ${name}`);
    const values = blocks
      .filter((block) => block["type"] === "input")
      .map((block) => inputState(block, filled));
    const name = this.#world.users.get(modal.userId)?.name ?? modal.userId;
    return {
      type: "view_submission",
      team: { id: "T0DESK", domain: "desk" },
      user: { id: modal.userId, username: name, name, team_id: "T0DESK" },
      api_app_id: "A0FLOW",
      token: "verification",
      trigger_id: this.trigger(modal.userId),
      view: {
        id: modal.id,
        team_id: "T0DESK",
        ...modal.view,
        state: { values: Object.fromEntries(values) },
        hash: `${Date.now()}.abc`,
      },
      response_urls: [],
      is_enterprise_install: false,
    };
  }

  /** What the acknowledgement of a submission does; the problem where Slack would show "trouble connecting". */
  acknowledged(modal: OpenView, payload: unknown): string | undefined {
    if (!isJson(payload) || payload["response_action"] === undefined) {
      modal.open = false;
      this.#world.changed();
      return undefined;
    }
    const { response_action: action, errors } = payload;
    if (action !== "errors" || !isJson(errors)) return `response_action ${JSON.stringify(action)}`;
    const inputs = blocksOf(modal.view).filter((block) => block["type"] === "input");
    const entries = Object.entries(errors);
    if (entries.length === 0) return "no errors";
    for (const [block, text] of entries) {
      if (!inputs.some((input) => input["block_id"] === block)) return `an error at no input block: ${block}`;
      if (typeof text !== "string" || text === "") return `an error without words at ${block}`;
    }
    modal.errors = Object.fromEntries(entries.map(([block, text]) => [block, String(text)]));
    this.#world.changed();
    return undefined;
  }
}

function invalid(problems: readonly string[]): Json {
  return {
    ok: false,
    error: "invalid_arguments",
    response_metadata: { messages: problems.map((problem) => `[ERROR] ${problem}`) },
  };
}

function blocksOf(view: Json): readonly Json[] {
  return Array.isArray(view["blocks"]) ? view["blocks"].filter(isJson) : [];
}

function inputState(block: Json, filled: Readonly<Record<string, string>>): readonly [string, Json] {
  const id = String(block["block_id"]);
  const element = isJson(block["element"]) ? block["element"] : {};
  const value = filled[id];
  if (value === undefined && block["optional"] !== true) throw new Error(`Slack asks for ${id}`);
  const action = String(element["action_id"]);
  if (element["type"] !== "static_select")
    return [id, { [action]: { type: "plain_text_input", value: value ?? null } }];
  const options = Array.isArray(element["options"]) ? element["options"].filter(isJson) : [];
  const option = options.find((each) => each["value"] === value);
  if (value !== undefined && option === undefined) throw new Error(`${id} has no option ${value}`);
  return [id, { [action]: { type: "static_select", selected_option: option ?? null } }];
}

/** docs.slack.dev/reference/views: everything that is forbidden, in words. */
function viewProblems(view: unknown, type: "modal" | "home"): readonly string[] {
  if (!isJson(view)) return ["view is no object"];
  const found: string[] = [];
  if (view["type"] !== type) found.push(`type ${String(view["type"])}`);
  const { blocks, private_metadata: metadata = "", callback_id: callback = "" } = view;
  if (typeof metadata !== "string" || metadata.length > 3000) found.push("private_metadata, at most 3000");
  if (typeof callback !== "string" || callback.length > 255) found.push("callback_id, at most 255");
  if (type === "modal") {
    found.push(...textProblems(view["title"], 24, ["plain_text"]).map((problem) => `title: ${problem}`));
    for (const name of ["submit", "close"])
      if (view[name] !== undefined)
        found.push(...textProblems(view[name], 24, ["plain_text"]).map((problem) => `${name}: ${problem}`));
  }
  if (!Array.isArray(blocks)) return [...found, "blocks is no array"];
  if (blocks.length > 100) found.push(`${blocks.length} blocks, at most 100`);
  if (JSON.stringify(view).length > 250_000) found.push("view_too_large");
  const actionIds: string[] = [];
  const ids = blocks.filter(isJson).flatMap((block) => block["block_id"] ?? []);
  if (new Set(ids).size !== ids.length) found.push("a block_id comes twice");
  for (const [index, block] of blocks.entries()) {
    if (!isJson(block)) found.push(`block ${index} is no object`);
    else
      found.push(
        ...(block["type"] === "input"
          ? inputProblems(block, type)
          : blockProblems(block, actionIds, () => false)
        ).map((problem) => `block ${index} (${String(block["type"])}): ${problem}`),
      );
  }
  if (new Set(actionIds).size !== actionIds.length) found.push("an action_id comes twice");
  const inputs = blocks.filter((block) => isJson(block) && block["type"] === "input");
  if (inputs.length > 0 && view["submit"] === undefined) found.push("input blocks need submit");
  return found;
}

/** docs.slack.dev/reference/block-kit/blocks/input-block */
function inputProblems(block: Json, type: "modal" | "home"): readonly string[] {
  const { block_id: id, label, hint, element } = block;
  const found = [...textProblems(label, 2000, ["plain_text"])];
  if (type === "home") found.push("not tested in Home");
  if (typeof id !== "string" || id === "" || id.length > 255) found.push("block_id");
  if (hint !== undefined) found.push(...textProblems(hint, 2000, ["plain_text"]));
  if (!isJson(element)) return [...found, "no element"];
  const action = element["action_id"];
  if (typeof action !== "string" || action === "" || action.length > 255) found.push("action_id");
  if (element["placeholder"] !== undefined)
    found.push(...textProblems(element["placeholder"], 150, ["plain_text"]));
  if (element["type"] === "plain_text_input") {
    const { max_length: most = 3000, initial_value: initial = "" } = element;
    if (typeof most !== "number" || most < 1 || most > 3000) found.push("max_length, 1 to 3000");
    if (typeof initial !== "string" || initial.length > 3000) found.push("initial_value");
    return found;
  }
  if (element["type"] !== "static_select") return [...found, `element ${String(element["type"])}`];
  const options = element["options"];
  if (!Array.isArray(options) || options.length < 1 || options.length > 100)
    return [...found, "1 to 100 options"];
  for (const option of options) {
    if (!isJson(option)) found.push("an option is no object");
    else {
      found.push(...textProblems(option["text"], 75, ["plain_text"]));
      const { value } = option;
      if (typeof value !== "string" || value === "" || value.length > 150) found.push("option value");
    }
  }
  return found;
}
