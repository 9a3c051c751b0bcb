ALTER TABLE "inbox" ADD COLUMN "actor" text DEFAULT 'unknown' NOT NULL;--> statement-breakpoint
ALTER TABLE "inbox" ADD COLUMN "channel" text;--> statement-breakpoint
ALTER TABLE "inbox" ADD COLUMN "action" text DEFAULT 'unknown' NOT NULL;--> statement-breakpoint
CREATE INDEX "audit_of_delivery" ON "audit" USING btree ("platform","delivery_id") WHERE "audit"."delivery_id" is not null;--> statement-breakpoint
CREATE INDEX "inbox_unfinished" ON "inbox" USING btree ("claimed_at") WHERE "inbox"."finished_at" is null;