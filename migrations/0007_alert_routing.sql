CREATE TABLE "price_alerts" (
	"id" text NOT NULL,
	"symbol" text NOT NULL,
	"side" text NOT NULL,
	"price" numeric NOT NULL,
	"note" text,
	"set_by" text NOT NULL,
	"set_by_name" text NOT NULL,
	"set_at" timestamp with time zone NOT NULL,
	"armed" boolean NOT NULL,
	"fired_at" timestamp with time zone,
	"fired_price" numeric,
	CONSTRAINT "price_alerts_pk" PRIMARY KEY("id"),
	CONSTRAINT "price_alerts_side_known" CHECK ("price_alerts"."side" in ('above', 'below')),
	CONSTRAINT "price_alerts_price_positive" CHECK ("price_alerts"."price" > 0)
);
--> statement-breakpoint
ALTER TABLE "alert_deliveries" ADD COLUMN "held_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "alert_deliveries" ADD COLUMN "settled" text;--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "urgency" text;--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "acked_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "acked_by" text;--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "calls" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "called_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "price_alerts_open" ON "price_alerts" USING btree ("set_at") WHERE "price_alerts"."fired_at" is null;--> statement-breakpoint
CREATE INDEX "alerts_critical" ON "alerts" USING btree ("at") WHERE "alerts"."urgency" = 'critical';--> statement-breakpoint
ALTER TABLE "alert_deliveries" ADD CONSTRAINT "alert_deliveries_settled_known" CHECK ("alert_deliveries"."settled" in ('skipped', 'digest', 'refused'));--> statement-breakpoint
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_urgency_known" CHECK ("alerts"."urgency" in ('critical', 'always'));