import type {
  CommandAbout,
  Confirmation,
  ConfirmationUse,
  InboxClaim,
  InterruptedDelivery,
  InterruptedStop,
} from "./records.ts";
import type { Unrecorded } from "./unrecorded.ts";

/** What comes from the chats: each delivery and each confirmation acts once. */
export interface IntakeOps {
  /**
   * First caller gets "new"; a delivery left unfinished by a dead process may be claimed again by another owner. The
   * claim is the record that the command has begun; `stops` what it orders to stop, by somebody who may: that is carried
   * out also when its process ends before it has.
   */
  claimDelivery(
    platform: string,
    deliveryId: string,
    owner: string,
    about: CommandAbout,
    stops?: Unrecorded,
  ): Promise<InboxClaim>;
  /**
   * True for one call only, which writes the delivery's audit row in the same transaction. Also for a delivery that could
   * not be claimed; false once it is finished, and while it is another owner's.
   */
  finishDelivery(platform: string, deliveryId: string, owner: string, about: CommandAbout): Promise<boolean>;
  /**
   * Unfinished deliveries claimed more than `olderThanMs` ago (the database's clock) whose owner is dead, as in
   * `claimDelivery`, oldest first. A transaction holds them until it ends, and does not see those that another one holds.
   */
  interruptedDeliveries(olderThanMs: number, limit: number): Promise<readonly InterruptedDelivery[]>;
  /** Those of them, however young, that ordered something to stop. */
  interruptedStops(limit: number): Promise<readonly InterruptedStop[]>;
  insertConfirmation(confirmation: Confirmation): Promise<void>;
  confirmation(code: string): Promise<Confirmation | undefined>;
  /**
   * True for exactly one delivery, however often it asks: a press whose process died right after it goes on when it is
   * delivered again.
   */
  useConfirmation(code: string, use: ConfirmationUse): Promise<boolean>;
}
