/** Bad input or configuration from a person: the program prints the message, one clear line, and exits with code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
