ALTER TABLE "alert_deliveries" ADD COLUMN "channel" text;--> statement-breakpoint
ALTER TABLE "alert_deliveries" ADD COLUMN "message_id" text;--> statement-breakpoint
ALTER TABLE "alert_deliveries" ADD COLUMN "shown_revision" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "order_id" text;--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "revision" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "alert_deliveries_message" ON "alert_deliveries" USING btree ("message_id") WHERE "alert_deliveries"."message_id" is not null;--> statement-breakpoint
CREATE INDEX "alerts_revised" ON "alerts" USING btree ("id") WHERE "alerts"."revision" > 0;--> statement-breakpoint
CREATE INDEX "cards_message" ON "cards" USING btree ("message_id");--> statement-breakpoint
CREATE INDEX "cards_thread" ON "cards" USING btree ("thread_id");