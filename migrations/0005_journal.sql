CREATE TABLE "journal" (
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "journal_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account_id" text NOT NULL,
	"position_id" text NOT NULL,
	"kind" text NOT NULL,
	"text" text NOT NULL,
	"actor" text NOT NULL,
	"name" text NOT NULL,
	"platform" text NOT NULL,
	"channel" text,
	"delivery_id" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "journal_pk" PRIMARY KEY("id"),
	CONSTRAINT "journal_kind_known" CHECK ("journal"."kind" in ('note', 'tag', 'untag'))
);
--> statement-breakpoint
CREATE TABLE "journal_tags" (
	"position_id" text NOT NULL,
	"tag" text NOT NULL,
	CONSTRAINT "journal_tags_pk" PRIMARY KEY("position_id","tag")
);
--> statement-breakpoint
DROP INDEX "trades_newest";--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "number" bigint NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "positions_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "low_water" numeric;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "entry_decided" numeric;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "exit_decided" numeric;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "entry_text" text;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "exit_price_asked" numeric;--> statement-breakpoint
ALTER TABLE "trades" ADD COLUMN "entry_text" text;--> statement-breakpoint
ALTER TABLE "trades" ADD COLUMN "exit_text" text;--> statement-breakpoint
ALTER TABLE "trades" ADD COLUMN "low_water" numeric;--> statement-breakpoint
ALTER TABLE "trades" ADD COLUMN "high_water" numeric;--> statement-breakpoint
ALTER TABLE "trades" ADD COLUMN "entry_decided" numeric;--> statement-breakpoint
ALTER TABLE "trades" ADD COLUMN "exit_decided" numeric;--> statement-breakpoint
ALTER TABLE "trades" ADD COLUMN "fees" numeric DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "journal" ADD CONSTRAINT "journal_account_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "journal" ADD CONSTRAINT "journal_position_fk" FOREIGN KEY ("position_id") REFERENCES "public"."positions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "journal_tags" ADD CONSTRAINT "journal_tags_position_fk" FOREIGN KEY ("position_id") REFERENCES "public"."positions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "journal_delivery_once" ON "journal" USING btree ("platform","delivery_id");--> statement-breakpoint
CREATE INDEX "journal_newest" ON "journal" USING btree ("account_id","id");--> statement-breakpoint
CREATE INDEX "journal_of_position" ON "journal" USING btree ("position_id","id");--> statement-breakpoint
CREATE INDEX "journal_tags_of_tag" ON "journal_tags" USING btree ("tag","position_id");--> statement-breakpoint
CREATE UNIQUE INDEX "positions_number_once" ON "positions" USING btree ("number");--> statement-breakpoint
CREATE INDEX "trades_newest" ON "trades" USING btree ("account_id","exit_time","position_id");