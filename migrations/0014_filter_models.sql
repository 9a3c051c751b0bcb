CREATE TABLE "filter_models" (
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "filter_models_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"strategy_id" text NOT NULL,
	"timeframe" text NOT NULL,
	"params" jsonb NOT NULL,
	"symbols" jsonb NOT NULL,
	"settings" jsonb NOT NULL,
	"kind" text NOT NULL,
	"features_version" integer NOT NULL,
	"trained_from" timestamp with time zone,
	"trained_to" timestamp with time zone,
	"model" jsonb NOT NULL,
	"scores" jsonb,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "filter_models_pk" PRIMARY KEY("id")
);
--> statement-breakpoint
CREATE INDEX "filter_models_newest" ON "filter_models" USING btree ("strategy_id","timeframe","id");