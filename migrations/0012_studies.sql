CREATE TABLE "studies" (
	"number" bigint GENERATED ALWAYS AS IDENTITY (sequence name "studies_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key" text NOT NULL,
	"title" text NOT NULL,
	"definition" jsonb NOT NULL,
	"actor" text NOT NULL,
	"name" text NOT NULL,
	"platform" text NOT NULL,
	"channel" text,
	"state" text DEFAULT 'running' NOT NULL,
	"planned" integer DEFAULT 0 NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"text" text DEFAULT '' NOT NULL,
	"report" jsonb,
	"message_channel" text,
	"message_id" text,
	"told_at" timestamp with time zone,
	CONSTRAINT "studies_pk" PRIMARY KEY("number"),
	CONSTRAINT "studies_state_known" CHECK ("studies"."state" in ('running', 'done', 'failed', 'cancelled')),
	CONSTRAINT "studies_end" CHECK (("studies"."state" = 'running') = ("studies"."ended_at" is null))
);
--> statement-breakpoint
CREATE TABLE "study_bars" (
	"study" bigint NOT NULL,
	"part" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "study_bars_pk" PRIMARY KEY("study","part")
);
--> statement-breakpoint
CREATE TABLE "study_chunks" (
	"id" text NOT NULL,
	"owner" text NOT NULL,
	"taken_at" timestamp with time zone NOT NULL,
	CONSTRAINT "study_chunks_pk" PRIMARY KEY("id")
);
--> statement-breakpoint
CREATE TABLE "study_trials" (
	"study" bigint NOT NULL,
	"number" integer NOT NULL,
	"trial" jsonb NOT NULL,
	CONSTRAINT "study_trials_pk" PRIMARY KEY("study","number")
);
--> statement-breakpoint
ALTER TABLE "study_bars" ADD CONSTRAINT "study_bars_study_fk" FOREIGN KEY ("study") REFERENCES "public"."studies"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "study_trials" ADD CONSTRAINT "study_trials_study_fk" FOREIGN KEY ("study") REFERENCES "public"."studies"("number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "studies_key_once" ON "studies" USING btree ("key");--> statement-breakpoint
CREATE INDEX "studies_running" ON "studies" USING btree ("number") WHERE "studies"."state" = 'running';--> statement-breakpoint
CREATE INDEX "studies_untold" ON "studies" USING btree ("ended_at") WHERE "studies"."told_at" is null;