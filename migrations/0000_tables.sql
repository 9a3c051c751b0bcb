CREATE TABLE "accounts" (
	"id" text NOT NULL,
	"mode" text NOT NULL,
	"broker" text NOT NULL,
	"account_number" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "accounts_pk" PRIMARY KEY("id"),
	CONSTRAINT "accounts_mode_known" CHECK ("accounts"."mode" in ('paper', 'live'))
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "decisions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account_id" text NOT NULL,
	"run_id" text,
	"strategy_id" text NOT NULL,
	"symbol" text NOT NULL,
	"bar_time" timestamp with time zone,
	"signal" text NOT NULL,
	"outcome" text NOT NULL,
	"code" text,
	"text" text NOT NULL,
	"checks" jsonb NOT NULL,
	"figures" jsonb NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "decisions_pk" PRIMARY KEY("id"),
	CONSTRAINT "decisions_signal_known" CHECK ("decisions"."signal" in ('BUY', 'SELL', 'HOLD')),
	CONSTRAINT "decisions_outcome_known" CHECK ("decisions"."outcome" in ('entered', 'exited', 'refused', 'held'))
);
--> statement-breakpoint
CREATE TABLE "equity" (
	"account_id" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"equity" numeric NOT NULL,
	"cash" numeric NOT NULL,
	CONSTRAINT "equity_pk" PRIMARY KEY("account_id","at")
);
--> statement-breakpoint
CREATE TABLE "fills" (
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "fills_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"client_order_id" text NOT NULL,
	"execution_id" text,
	"quantity" numeric NOT NULL,
	"price" numeric NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "fills_pk" PRIMARY KEY("id"),
	CONSTRAINT "fills_quantity_positive" CHECK (("fills"."quantity" > 0 and "fills"."quantity" < 'Infinity')),
	CONSTRAINT "fills_price_positive" CHECK (("fills"."price" > 0 and "fills"."price" < 'Infinity'))
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"client_order_id" text NOT NULL,
	"account_id" text NOT NULL,
	"run_id" text,
	"strategy_id" text NOT NULL,
	"symbol" text NOT NULL,
	"side" text NOT NULL,
	"purpose" text NOT NULL,
	"attempt" integer NOT NULL,
	"bar_time" timestamp with time zone,
	"type" text NOT NULL,
	"quantity" numeric NOT NULL,
	"limit_price" numeric,
	"stop_price" numeric,
	"time_in_force" text NOT NULL,
	"extended_hours" boolean NOT NULL,
	"state" text NOT NULL,
	"cancel_requested_at" timestamp with time zone,
	"broker_order_id" text,
	"filled_quantity" numeric NOT NULL,
	"filled_avg_price" numeric,
	"exit_reason" text,
	"decision_price" numeric,
	"planned_stop" numeric,
	"planned_target" numeric,
	"position_id" text,
	"replaced_by" text,
	"error" text,
	"context" text,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"missing_since" timestamp with time zone,
	CONSTRAINT "orders_pk" PRIMARY KEY("client_order_id"),
	CONSTRAINT "orders_client_order_id_fits" CHECK (length("orders"."client_order_id") between 1 and 128),
	CONSTRAINT "orders_side_known" CHECK ("orders"."side" in ('buy', 'sell')),
	CONSTRAINT "orders_purpose_known" CHECK ("orders"."purpose" in ('entry', 'exit', 'stop', 'target')),
	CONSTRAINT "orders_type_known" CHECK ("orders"."type" in ('market', 'limit', 'stop', 'stop_limit')),
	CONSTRAINT "orders_time_in_force_known" CHECK ("orders"."time_in_force" in ('day', 'gtc')),
	CONSTRAINT "orders_state_known" CHECK ("orders"."state" in ('SENDING', 'ACCEPTED', 'PARTIALLY_FILLED', 'FILLED', 'CANCELED', 'EXPIRED', 'REPLACED', 'REJECTED', 'UNKNOWN', 'UNSEEN')),
	CONSTRAINT "orders_quantity_positive" CHECK (("orders"."quantity" > 0 and "orders"."quantity" < 'Infinity')),
	CONSTRAINT "orders_limit_price_positive" CHECK (("orders"."limit_price" > 0 and "orders"."limit_price" < 'Infinity')),
	CONSTRAINT "orders_stop_price_positive" CHECK (("orders"."stop_price" > 0 and "orders"."stop_price" < 'Infinity')),
	CONSTRAINT "orders_filled_within_quantity" CHECK ("orders"."filled_quantity" between 0 and "orders"."quantity"),
	CONSTRAINT "orders_filled_has_price" CHECK ("orders"."filled_quantity" = 0 or ("orders"."filled_avg_price" is not null and "orders"."filled_avg_price" > 0 and "orders"."filled_avg_price" < 'Infinity'))
);
--> statement-breakpoint
CREATE TABLE "positions" (
	"id" text NOT NULL,
	"account_id" text NOT NULL,
	"run_id" text,
	"strategy_id" text NOT NULL,
	"symbol" text NOT NULL,
	"quantity" numeric NOT NULL,
	"entry_price" numeric NOT NULL,
	"entry_time" timestamp with time zone NOT NULL,
	"entry_order_id" text NOT NULL,
	"stop" numeric NOT NULL,
	"initial_stop" numeric NOT NULL,
	"target" numeric,
	"protection" text NOT NULL,
	"high_water" numeric NOT NULL,
	"bought_quantity" numeric NOT NULL,
	"sold_quantity" numeric NOT NULL,
	"sold_notional" numeric NOT NULL,
	"extended_hours" boolean NOT NULL,
	"exit_reason" text,
	"exit_requested_at" timestamp with time zone,
	"crossed_since" timestamp with time zone,
	"stop_refusals" integer NOT NULL,
	"status" text NOT NULL,
	"closed_at" timestamp with time zone,
	CONSTRAINT "positions_pk" PRIMARY KEY("id"),
	CONSTRAINT "positions_protection_known" CHECK ("positions"."protection" in ('broker', 'engine')),
	CONSTRAINT "positions_status_known" CHECK ("positions"."status" in ('open', 'closed')),
	CONSTRAINT "positions_quantity_not_negative" CHECK (("positions"."quantity" >= 0 and "positions"."quantity" < 'Infinity')),
	CONSTRAINT "positions_closed_when_empty" CHECK (("positions"."status" = 'closed') = ("positions"."quantity" = 0)),
	CONSTRAINT "positions_quantity_was_bought" CHECK ("positions"."quantity" <= "positions"."bought_quantity"),
	CONSTRAINT "positions_sold_was_bought" CHECK ("positions"."sold_quantity" between 0 and "positions"."bought_quantity"),
	CONSTRAINT "positions_sold_notional_not_negative" CHECK (("positions"."sold_notional" >= 0 and "positions"."sold_notional" < 'Infinity')),
	CONSTRAINT "positions_entry_price_positive" CHECK (("positions"."entry_price" > 0 and "positions"."entry_price" < 'Infinity')),
	CONSTRAINT "positions_stop_not_negative" CHECK (("positions"."stop" >= 0 and "positions"."stop" < 'Infinity')),
	CONSTRAINT "positions_target_positive" CHECK (("positions"."target" > 0 and "positions"."target" < 'Infinity'))
);
--> statement-breakpoint
CREATE TABLE "run_cursors" (
	"run_id" text NOT NULL,
	"symbol" text NOT NULL,
	"bar_time" timestamp with time zone NOT NULL,
	CONSTRAINT "run_cursors_pk" PRIMARY KEY("run_id","symbol")
);
--> statement-breakpoint
CREATE TABLE "strategy_runs" (
	"id" text NOT NULL,
	"account_id" text NOT NULL,
	"strategy_id" text NOT NULL,
	"symbols" jsonb NOT NULL,
	"params" jsonb NOT NULL,
	"options" jsonb NOT NULL,
	"status" text NOT NULL,
	"started_by" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"stopped_at" timestamp with time zone,
	CONSTRAINT "strategy_runs_pk" PRIMARY KEY("id"),
	CONSTRAINT "strategy_runs_status_known" CHECK ("strategy_runs"."status" in ('running', 'paused', 'stopped'))
);
--> statement-breakpoint
CREATE TABLE "trades" (
	"position_id" text NOT NULL,
	"account_id" text NOT NULL,
	"run_id" text,
	"strategy_id" text NOT NULL,
	"symbol" text NOT NULL,
	"quantity" numeric NOT NULL,
	"entry_price" numeric NOT NULL,
	"entry_time" timestamp with time zone NOT NULL,
	"exit_price" numeric NOT NULL,
	"exit_time" timestamp with time zone NOT NULL,
	"pnl" numeric NOT NULL,
	"pnl_percent" numeric NOT NULL,
	"initial_stop" numeric NOT NULL,
	"exit_reason" text NOT NULL,
	CONSTRAINT "trades_pk" PRIMARY KEY("position_id"),
	CONSTRAINT "trades_quantity_positive" CHECK (("trades"."quantity" > 0 and "trades"."quantity" < 'Infinity'))
);
--> statement-breakpoint
CREATE TABLE "alert_deliveries" (
	"alert_id" bigint NOT NULL,
	"sink" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"delivered_at" timestamp with time zone,
	"last_error" text,
	CONSTRAINT "alert_deliveries_pk" PRIMARY KEY("alert_id","sink")
);
--> statement-breakpoint
CREATE TABLE "alerts" (
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "alerts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"message" jsonb NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "alerts_pk" PRIMARY KEY("id")
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "audit_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account_id" text,
	"actor" text NOT NULL,
	"platform" text NOT NULL,
	"channel" text,
	"delivery_id" text,
	"action" text NOT NULL,
	"outcome" text NOT NULL,
	"detail" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "audit_pk" PRIMARY KEY("id"),
	CONSTRAINT "audit_outcome_known" CHECK ("audit"."outcome" in ('done', 'refused', 'failed', 'asked'))
);
--> statement-breakpoint
CREATE TABLE "confirmations" (
	"code" text NOT NULL,
	"command" text NOT NULL,
	"platform" text NOT NULL,
	"user_id" text NOT NULL,
	"second_person" boolean NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone,
	CONSTRAINT "confirmations_pk" PRIMARY KEY("code")
);
--> statement-breakpoint
CREATE TABLE "control" (
	"id" integer NOT NULL,
	"mode" text NOT NULL,
	"halted" boolean NOT NULL,
	"killed" boolean NOT NULL,
	"by" text,
	"reason" text,
	"since" timestamp with time zone,
	CONSTRAINT "control_pk" PRIMARY KEY("id"),
	CONSTRAINT "control_one_row" CHECK ("control"."id" = 1),
	CONSTRAINT "control_mode_known" CHECK ("control"."mode" in ('paper', 'live'))
);
--> statement-breakpoint
CREATE TABLE "inbox" (
	"platform" text NOT NULL,
	"delivery_id" text NOT NULL,
	"owner" text NOT NULL,
	"claimed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "inbox_pk" PRIMARY KEY("platform","delivery_id")
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"account_id" text NOT NULL,
	"owner" text,
	"epoch" integer NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "leases_pk" PRIMARY KEY("account_id"),
	CONSTRAINT "leases_epoch_positive" CHECK ("leases"."epoch" > 0)
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"name" text NOT NULL,
	"value" jsonb,
	CONSTRAINT "settings_pk" PRIMARY KEY("name")
);
--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_account_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "equity" ADD CONSTRAINT "equity_account_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fills" ADD CONSTRAINT "fills_order_fk" FOREIGN KEY ("client_order_id") REFERENCES "public"."orders"("client_order_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_account_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_run_fk" FOREIGN KEY ("run_id") REFERENCES "public"."strategy_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "positions" ADD CONSTRAINT "positions_account_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "positions" ADD CONSTRAINT "positions_run_fk" FOREIGN KEY ("run_id") REFERENCES "public"."strategy_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_cursors" ADD CONSTRAINT "run_cursors_run_fk" FOREIGN KEY ("run_id") REFERENCES "public"."strategy_runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "strategy_runs" ADD CONSTRAINT "strategy_runs_account_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trades" ADD CONSTRAINT "trades_account_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trades" ADD CONSTRAINT "trades_position_fk" FOREIGN KEY ("position_id") REFERENCES "public"."positions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_deliveries" ADD CONSTRAINT "alert_deliveries_alert_fk" FOREIGN KEY ("alert_id") REFERENCES "public"."alerts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "decisions_newest" ON "decisions" USING btree ("account_id","id");--> statement-breakpoint
CREATE INDEX "decisions_newest_of_symbol" ON "decisions" USING btree ("account_id","symbol","id");--> statement-breakpoint
CREATE UNIQUE INDEX "fills_execution_id_once" ON "fills" USING btree ("execution_id") WHERE "fills"."execution_id" is not null;--> statement-breakpoint
CREATE INDEX "fills_of_order" ON "fills" USING btree ("client_order_id");--> statement-breakpoint
CREATE UNIQUE INDEX "orders_one_live_entry_per_run_and_symbol" ON "orders" USING btree ("run_id","symbol") WHERE "orders"."purpose" = 'entry' and "orders"."state" in ('SENDING', 'ACCEPTED', 'PARTIALLY_FILLED', 'UNKNOWN');--> statement-breakpoint
CREATE UNIQUE INDEX "orders_one_entry_per_run_symbol_and_bar" ON "orders" USING btree ("run_id","symbol","bar_time") WHERE "orders"."purpose" = 'entry';--> statement-breakpoint
CREATE UNIQUE INDEX "orders_broker_order_id_once" ON "orders" USING btree ("broker_order_id") WHERE "orders"."broker_order_id" is not null;--> statement-breakpoint
CREATE INDEX "orders_live" ON "orders" USING btree ("account_id","created_at") WHERE "orders"."state" in ('SENDING', 'ACCEPTED', 'PARTIALLY_FILLED', 'UNKNOWN');--> statement-breakpoint
CREATE INDEX "orders_of_position" ON "orders" USING btree ("position_id") WHERE "orders"."position_id" is not null;--> statement-breakpoint
CREATE INDEX "orders_newest" ON "orders" USING btree ("account_id","created_at");--> statement-breakpoint
CREATE INDEX "orders_newest_of_symbol" ON "orders" USING btree ("account_id","symbol","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "positions_one_per_entry" ON "positions" USING btree ("entry_order_id");--> statement-breakpoint
CREATE INDEX "positions_open" ON "positions" USING btree ("account_id","entry_time") WHERE "positions"."status" = 'open';--> statement-breakpoint
CREATE INDEX "strategy_runs_account_status" ON "strategy_runs" USING btree ("account_id","status");--> statement-breakpoint
CREATE INDEX "trades_newest" ON "trades" USING btree ("account_id","exit_time");--> statement-breakpoint
CREATE INDEX "alert_deliveries_pending" ON "alert_deliveries" USING btree ("sink","alert_id") WHERE "alert_deliveries"."delivered_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "alerts_key_once" ON "alerts" USING btree ("key");--> statement-breakpoint
CREATE INDEX "confirmations_expiry" ON "confirmations" USING btree ("expires_at");