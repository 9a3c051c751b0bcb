/** A file on its way into the workspace, and what became of it. */
export interface Upload {
  readonly name: string;
  /** As announced; what comes must have as many bytes. */
  readonly length: number;
  /** The alt text of `files.getUploadURLExternal`. */
  readonly altText: string | undefined;
  bytes: Buffer | undefined;
  /** Slack looks at a completed file in its own time; before that no block may show it. */
  readyAtMs: number;
}

/** The file inside a multipart upload, or the body itself. */
export function uploadedBytes(body: Buffer): Buffer {
  const head = body.subarray(0, body.indexOf("\r\n"));
  if (!head.toString("latin1").startsWith("--")) return body;
  const start = body.indexOf("\r\n\r\n") + 4;
  return body.subarray(start, body.indexOf(`\r\n${head.toString("latin1")}`, start));
}

/** png, jpg or gif, by its first bytes: nothing else is shown in an image block. */
export function isImage({ bytes }: Upload): boolean {
  const start = bytes?.subarray(0, 4).toString("latin1") ?? "";
  return start === "\u0089PNG" || start.startsWith("GIF8") || start.startsWith("\u00ff\u00d8\u00ff");
}
