CREATE TABLE "cards" (
	"subject" text NOT NULL,
	"sink" text NOT NULL,
	"account_id" text NOT NULL,
	"channel" text,
	"message_id" text,
	"thread_id" text,
	"attempts" integer NOT NULL,
	"reposts" integer NOT NULL,
	"essence" text NOT NULL,
	"figures" text NOT NULL,
	"shown_at" timestamp with time zone NOT NULL,
	"told" jsonb NOT NULL,
	"ended" boolean NOT NULL,
	CONSTRAINT "cards_pk" PRIMARY KEY("subject","sink")
);
--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "exit_requested_by" text;--> statement-breakpoint
CREATE INDEX "cards_shown" ON "cards" USING btree ("account_id","sink") WHERE not "cards"."ended";