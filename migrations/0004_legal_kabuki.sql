ALTER TABLE "orders" ADD COLUMN "planned_exits" jsonb;--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "replaces" text;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "held_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "exits" jsonb;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "part_quantity" numeric;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "part_reason" text;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "part_requested_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "partial_taken" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "positions" ADD CONSTRAINT "positions_part_positive" CHECK (("positions"."part_quantity" > 0 and "positions"."part_quantity" < 'Infinity'));