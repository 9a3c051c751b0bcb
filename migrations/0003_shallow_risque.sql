ALTER TABLE "orders" DROP CONSTRAINT "orders_time_in_force_known";--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "order_class" text DEFAULT 'simple' NOT NULL;--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "parent_id" text;--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "work_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_parent_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."orders"("client_order_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "orders_of_parent" ON "orders" USING btree ("parent_id") WHERE "orders"."parent_id" is not null;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_class_known" CHECK ("orders"."order_class" in ('simple', 'bracket', 'oto'));--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_time_in_force_known" CHECK ("orders"."time_in_force" in ('day', 'gtc', 'ioc', 'fok', 'opg', 'cls'));