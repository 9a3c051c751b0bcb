CREATE TABLE "bars" (
	"history" integer NOT NULL,
	"time" timestamp with time zone NOT NULL,
	"open" double precision NOT NULL,
	"high" double precision NOT NULL,
	"low" double precision NOT NULL,
	"close" double precision NOT NULL,
	"volume" double precision NOT NULL,
	CONSTRAINT "bars_pk" PRIMARY KEY("history","time")
);
--> statement-breakpoint
CREATE TABLE "histories" (
	"id" serial PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"symbol" text NOT NULL,
	"timeframe" text NOT NULL,
	"covered" jsonb NOT NULL,
	CONSTRAINT "histories_name" UNIQUE("symbol","timeframe","source")
);
--> statement-breakpoint
ALTER TABLE "bars" ADD CONSTRAINT "bars_history_histories_id_fk" FOREIGN KEY ("history") REFERENCES "public"."histories"("id") ON DELETE cascade ON UPDATE no action;