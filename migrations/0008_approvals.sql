CREATE TABLE "approvals" (
	"id" text NOT NULL,
	"account_id" text NOT NULL,
	"run_id" text NOT NULL,
	"strategy_id" text NOT NULL,
	"symbol" text NOT NULL,
	"bar_time" timestamp with time zone NOT NULL,
	"close" double precision NOT NULL,
	"atr" double precision,
	"reason" text NOT NULL,
	"figures" jsonb NOT NULL,
	"context" text NOT NULL,
	"text" text NOT NULL,
	"status" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"decided_at" timestamp with time zone,
	"decided_by" text,
	"decided_delivery" text,
	CONSTRAINT "approvals_pk" PRIMARY KEY("id"),
	CONSTRAINT "approvals_status_known" CHECK ("approvals"."status" in ('open', 'approved', 'rejected', 'expired', 'withdrawn')),
	CONSTRAINT "approvals_decided_once" CHECK (("approvals"."status" = 'open') = ("approvals"."decided_at" is null))
);
--> statement-breakpoint
ALTER TABLE "decisions" DROP CONSTRAINT "decisions_outcome_known";--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_account_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_run_fk" FOREIGN KEY ("run_id") REFERENCES "public"."strategy_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "approvals_one_open_per_run_and_symbol" ON "approvals" USING btree ("run_id","symbol") WHERE "approvals"."status" = 'open';--> statement-breakpoint
CREATE INDEX "approvals_newest" ON "approvals" USING btree ("account_id","created_at");--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_outcome_known" CHECK ("decisions"."outcome" in ('entered', 'exited', 'refused', 'held', 'asked'));