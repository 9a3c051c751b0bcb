import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { isObject, type Json } from "./json.ts";
import { refusal } from "./reply.ts";

/** Of a message's files together, on a server without boosts. */
const FILES_MAX_BYTES = 10 * 1024 * 1024;

export interface Upload {
  readonly name: string;
  readonly text: string;
  readonly bytes: Buffer;
}

export interface RequestBody {
  readonly json: unknown;
  readonly files: readonly Upload[];
}

/** Reads a JSON or multipart body; anything else is a 400. */
export async function readBody(request: IncomingMessage): Promise<RequestBody> {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(request, "end");
  const raw = Buffer.concat(chunks);
  const type = request.headers["content-type"] ?? "";
  if (raw.length === 0) return { json: undefined, files: [] };
  if (type.startsWith("application/json")) return { json: parseJson(raw.toString()), files: [] };
  if (!type.startsWith("multipart/form-data"))
    throw refusal(400, 50035, "Content-Type must be JSON or multipart");
  const form = await new Response(raw, { headers: { "content-type": type } }).formData();
  const payload = form.get("payload_json");
  const files: Upload[] = [];
  for (const [key, value] of form.entries())
    if (/^files\[\d+\]$/.test(key) && typeof value !== "string") files.push(await uploadOf(value));
  if (files.reduce((sum, { bytes }) => sum + bytes.length, 0) > FILES_MAX_BYTES)
    throw refusal(413, 40005, "Request entity too large");
  return { json: typeof payload === "string" ? parseJson(payload) : {}, files };
}

async function uploadOf(file: File): Promise<Upload> {
  const bytes = Buffer.from(await file.arrayBuffer());
  return { name: file.name, text: bytes.toString("utf8"), bytes };
}

export function bodyObject(body: RequestBody): Json {
  if (!isObject(body.json)) throw refusal(400, 50109, "The request body contains invalid JSON.");
  return body.json;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw refusal(400, 50109, "The request body contains invalid JSON.");
  }
}
