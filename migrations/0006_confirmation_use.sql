ALTER TABLE "confirmations" ADD COLUMN "used_delivery" text;--> statement-breakpoint
ALTER TABLE "confirmations" ADD COLUMN "used_by" text;